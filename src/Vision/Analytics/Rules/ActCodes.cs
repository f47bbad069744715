namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>Stable machine names of acts. No law stands here: which article and fine belong to a name, dated data tell.</summary>
public static class ActCodes
{
    public const string RedLight = "RED_LIGHT";
    public const string StopLine = "STOP_LINE";
    public const string WrongWay = "WRONG_WAY";
    public const string ProhibitedRoad = "PROHIBITED_ROAD";
    public const string ProhibitedTime = "PROHIBITED_TIME";
    public const string NoParking = "NO_PARKING";
    public const string NoStopping = "NO_STOPPING";
    public const string WrongLane = "WRONG_LANE";
    public const string IllegalLaneChange = "ILLEGAL_LANE_CHANGE";
    public const string NoUTurn = "NO_UTURN";
    public const string NoTurn = "NO_TURN";
    public const string Sidewalk = "SIDEWALK_DRIVING";
    public const string NoHelmetDriver = "NO_HELMET_DRIVER";
    public const string NoHelmetPassenger = "NO_HELMET_PASSENGER";
    public const string OverPersons2 = "OVER_PERSONS_2";
    public const string OverPersons3 = "OVER_PERSONS_3";

    /// <summary>The band of a speed above the limit, by class; null below 5 km/h over, for which there is no band.</summary>
    public static string? Speed(ObjectClass value, double overKmh) => overKmh switch
    {
        < 5 => null,
        < 10 => "SPEED_5_10",
        // "More than 20" begins above 20 itself.
        <= 20 => "SPEED_10_20",
        _ when value is ObjectClass.Motorcycle or ObjectClass.Bicycle => "SPEED_OVER_20",
        <= 35 => "SPEED_20_35",
        _ => "SPEED_OVER_35",
    };

    /// <summary>The class in words.</summary>
    public static Said Name(ObjectClass value) => value switch
    {
        ObjectClass.Bicycle => new Said("Xe đạp", "bicycle"),
        ObjectClass.Car => new Said("Ô tô", "car"),
        ObjectClass.Motorcycle => new Said("Xe máy", "motorcycle"),
        ObjectClass.Bus => new Said("Xe khách", "bus"),
        ObjectClass.Truck => new Said("Xe tải", "truck"),
        ObjectClass.Person => new Said("Người", "person"),
        _ => new Said("Phương tiện", "vehicle"),
    };
}
