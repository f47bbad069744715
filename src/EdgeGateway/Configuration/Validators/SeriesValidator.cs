using EdgeGateway.Configuration.Binding;

namespace EdgeGateway.Configuration.Validators;

/// <summary>Checks where figures are sent: <c>timeSeries:</c> and <c>telemetry:</c>.</summary>
internal sealed class SeriesValidator(SourceMap map, MistakeList mistakes)
{
    public void Check(GatewayConfig gateway)
    {
        if (gateway.TimeSeries is { } series) Check(series);
        if (gateway.Telemetry is { Url: { } url } telemetry) CheckUrl(map, mistakes, telemetry, url, telemetry.AllowInsecure);
    }

    private void Check(TimeSeriesConfig series)
    {
        if (series.Url is { } url)
        {
            CheckUrl(map, mistakes, series, url, series.AllowInsecure);
            if (url.Scheme == "http" && series.CaFile is not null) mistakes.Add(map.Of(series, "caFile"), "'caFile' belongs to https://");
        }

        if (map.IsBroken(series)) return;
        if ((series.Username is null) != (series.Password is null)) mistakes.Add(map.Of(series), "'username' and 'password' belong together");
        if (series is { Token: not null, Username: not null }) mistakes.Add(map.Of(series, "token"), "either 'token' or 'username' and 'password', not both");
        if (series is { Api: "v1", Organisation: not null }) mistakes.Warn(map.Of(series, "organisation"), "'organisation' is not used with api: v1");
        if (string.IsNullOrWhiteSpace(series.Bucket)) mistakes.Add(map.Of(series, "bucket"), "'bucket' is empty");
    }

    internal static void CheckUrl(SourceMap map, MistakeList mistakes, object owner, SourceUrl url, bool allowInsecure)
    {
        if (!Uri.TryCreate(url.Open(), UriKind.Absolute, out var parsed) || parsed.Host.Length == 0) mistakes.Add(map.Of(owner, "url"), "'url' names no server; write it like https://host:8086");
        else if (parsed.UserInfo.Length > 0) mistakes.Add(map.Of(owner, "url"), "'url' holds a user name; write it as keys of its own");
        else if (parsed.Query.Length > 0) mistakes.Add(map.Of(owner, "url"), "'url' ends before the '?'; the gateway writes the rest itself");
        else if (url.Scheme == "http" && !allowInsecure && !GatewayValidator.IsLoopback(url.Host))
            mistakes.Add(map.Of(owner, "url"), "http:// sends everything in clear and is taken to this machine only; write https://, or allowInsecure: true if the network is protected otherwise");
    }
}
