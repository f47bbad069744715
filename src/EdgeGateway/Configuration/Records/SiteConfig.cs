namespace EdgeGateway.Configuration;

/// <summary>The place that a gateway watches.</summary>
public sealed record SiteConfig
{
    [Id, About("The site's id in topics and reports.")]
    public required string Id { get; init; }

    [About("The site's name for people.")]
    public required string Name { get; init; }

    [Id, About("On the one box that sums a site live: the ids of the gateways whose counts it adds.")]
    public ValueList<string> Aggregate { get; init; } = [];

    [Id, About("Counters of the other gateways that belong to the sum; all that count people when empty.")]
    public ValueList<string> AggregateCounters { get; init; } = [];

    [About("The time zone of counts, hours and reports.")]
    public string TimeZone { get; init; } = "Asia/Ho_Chi_Minh";

    [Between(0, 10_000_000), About("How many people may be on the site; 0 is a closed site, where one is too many. No levels and no alerts without it.")]
    public int? Capacity { get; init; }

    [Between(0.1, 1), About("Part of the capacity from which on the site is 'warn'.")]
    public double WarnAt { get; init; } = 0.8;

    [Between(0.1, 1), About("Part of the capacity from which on the site is 'full'; above the capacity it is 'over'.")]
    public double FullAt { get; init; } = 0.95;

    [Between(0, 0.5), About("A level is left only this part of the capacity below where it begins.")]
    public double Hysteresis { get; init; } = 0.03;

    [Between(0, 23), About("Local hour at which the number of people present is set to zero each night.")]
    public int ResetHour { get; init; } = 3;

    [NamesFile(BesideGatewayFile = true), About("CSV file with holidays: date,name_vi,name_en,quick_report; beside gateway.yaml when the path does not begin with '/'.")]
    public string? Holidays { get; init; }

    [Between(11, 99), About("The two digits with which plates of the own province begin, 37 for Nghệ An: with it, reports say roughly how many vehicles come from elsewhere.")]
    public int? HomePlateCode { get; init; }

    [About("Reports that are made by themselves.")]
    public ReportsConfig Reports { get; init; } = new();
}

/// <summary>Reports that are made by themselves.</summary>
public sealed record ReportsConfig
{
    [About("Make the weekly report and the quick reports of holidays.")]
    public bool Enabled { get; init; } = true;

    [About("Folder for reports; 'reports' in the storage folder when not given.")]
    public string? Folder { get; init; }

    [Between(0, 23), About("Local hour on Monday at which the week that has just ended is reported.")]
    public int WeeklyHour { get; init; } = 18;

    [Between(1, 23), About("Local hour at which a listed holiday is reported.")]
    public int HolidayHour { get; init; } = 16;

    [Words("vi", "en"), About("Language of the reports.")]
    public string Language { get; init; } = "vi";
}
