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
}
