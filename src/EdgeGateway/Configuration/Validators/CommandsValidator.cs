using EdgeGateway.Configuration.Binding;

namespace EdgeGateway.Configuration.Validators;

/// <summary>Checks what stands below <c>mqtt:</c> about commands and the upload of evidence.</summary>
internal sealed class CommandsValidator(SourceMap map, MistakeList mistakes)
{
    private const int HoursOfDay = 24;

    public void Check(MqttConfig mqtt)
    {
        CheckKeys(mqtt.CommandKeys);
        CheckUpload(mqtt.Upload);
    }

    private void CheckKeys(ValueList<string> files)
    {
        for (var i = 0; i < files.Count; i++)
        {
            var place = map.Of(files, ConfigBinder.Index(i));
            if (files.Take(i).Contains(files[i], StringComparer.Ordinal)) mistakes.Add(place, $"the command key '{files[i]}' stands twice");
            else if (CommandKeyFile.Read(files[i]).Fault is { } fault) mistakes.Add(place, fault);
        }
    }

    // The first span that holds an hour decides, so a later one may overlap it but must have an hour of its own.
    private void CheckUpload(ValueList<UploadConfig> spans)
    {
        var taken = new bool[HoursOfDay];
        var closed = 0;
        foreach (var span in spans)
        {
            if (map.IsBroken(span)) return;
            var hours = HoursOf(span).ToArray();
            if (hours.Length == 0) mistakes.Add(map.Of(span, "toHour"), $"the span from {span.FromHour} to {span.ToHour} holds no hour; the whole day is fromHour: 0, toHour: 24");
            else if (hours.All(hour => taken[hour])) mistakes.Add(map.Of(span), $"the span from {span.FromHour} to {span.ToHour} never counts: the spans above it hold all of its hours, and the first that fits counts");
            if (span.KbitPerSecond == 0) closed += hours.Count(hour => !taken[hour]);
            foreach (var hour in hours) taken[hour] = true;
        }

        if (closed == HoursOfDay) mistakes.Warn(map.Of(spans), "no evidence is sent at any hour: every hour has kbitPerSecond 0");
    }

    private static IEnumerable<int> HoursOf(UploadConfig span)
    {
        var length = span.FromHour <= span.ToHour ? span.ToHour - span.FromHour : span.ToHour + HoursOfDay - span.FromHour;
        return Enumerable.Range(span.FromHour, length).Select(hour => hour % HoursOfDay);
    }
}
