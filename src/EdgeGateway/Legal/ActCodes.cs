namespace EdgeGateway.Legal;

/// <summary>The closed list of codes of acts in events. Names only: what the law says of them is data.</summary>
public static class ActCodes
{
    public static IReadOnlyList<string> All { get; } =
    [
        "RED_LIGHT", "STOP_LINE", "WRONG_WAY", "PROHIBITED_ROAD", "PROHIBITED_TIME", "WRONG_LANE", "ILLEGAL_LANE_CHANGE", "SIDEWALK_DRIVING",
        "NO_STOPPING", "NO_PARKING", "STOP_AT_JUNCTION", "PARK_LEFT_OR_DOUBLE", "OBSTRUCT_JAM", "NO_UTURN", "NO_TURN",
        "SPEED_5_10", "SPEED_10_20", "SPEED_20_35", "SPEED_OVER_20", "SPEED_OVER_35",
        "NO_HELMET_DRIVER", "NO_HELMET_PASSENGER", "OVER_PERSONS_2", "OVER_PERSONS_3", "RIDE_ABREAST_3", "PHONE_IN_HAND",
        "NO_SEATBELT_DRIVER", "NO_SEATBELT_PASSENGER", "CROSSWALK_NO_YIELD", "PLATE_MISSING", "PLATE_OBSCURED",
    ];

    /// <summary>The codes that a rule of a camera may report; none for public order, of which no decree on traffic speaks.</summary>
    public static IReadOnlyList<string> OfRule(string rule) => rule switch
    {
        "red_light" => ["RED_LIGHT"],
        "stop_line" => ["STOP_LINE"],
        "wrong_way" => ["WRONG_WAY"],
        "forbidden_zone" => ["PROHIBITED_ROAD", "PROHIBITED_TIME"],
        "no_parking" => ["NO_PARKING"],
        "no_stopping" => ["NO_STOPPING"],
        "lane" => ["WRONG_LANE", "ILLEGAL_LANE_CHANGE"],
        "no_u_turn" => ["NO_UTURN"],
        "no_turn" => ["NO_TURN"],
        "sidewalk" => ["SIDEWALK_DRIVING"],
        "speeding" => ["SPEED_5_10", "SPEED_10_20", "SPEED_20_35", "SPEED_OVER_20", "SPEED_OVER_35"],
        "no_helmet" => ["NO_HELMET_DRIVER", "NO_HELMET_PASSENGER"],
        "over_persons" => ["OVER_PERSONS_2", "OVER_PERSONS_3"],
        _ => [],
    };
}
