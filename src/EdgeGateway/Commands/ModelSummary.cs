using System.Text.Json;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Commands;

/// <summary>Of the figures that a trainer wrote into <c>models.json</c>, the two by which models are compared; null where nobody measured.</summary>
/// <param name="Measure">What <paramref name="Accuracy"/> is a share of.</param>
/// <param name="Accuracy">0 to 1.</param>
/// <param name="MillisecondsOneThread">Median of a run on one thread of the machine that trained.</param>
internal sealed record ModelSummary(string? Measure, double? Accuracy, double? MillisecondsOneThread)
{
    public static ModelSummary Of(ModelManifest model)
    {
        if (model.Figures is not { ValueKind: JsonValueKind.Object } figures) return new ModelSummary(null, null, null);
        var (measure, accuracy) = AccuracyOf(figures);
        return new ModelSummary(measure, accuracy is { } value ? Math.Round(value, 4) : null, SpeedOf(figures, model));
    }

    private static (string? Measure, double? Accuracy) AccuracyOf(JsonElement figures)
    {
        foreach (var set in (string[])["val", "held-out"])
        {
            if (!figures.TryGetProperty("ap50 " + set, out var classes) || classes.ValueKind != JsonValueKind.Object) continue;
            var values = classes.EnumerateObject().Where(one => one.Value.ValueKind == JsonValueKind.Number).Select(one => one.Value.GetDouble()).ToList();
            if (values.Count > 0) return ($"AP50, mean of the classes, {set}", values.Average());
        }

        if (Number(figures, "atPrecision95", "recall") is { } recall) return ("recall at precision 95 %", recall);
        return Number(figures, "exact", "exact") is { } exact ? ("plates read exactly", exact) : (null, null);
    }

    private static double? SpeedOf(JsonElement figures, ModelManifest model)
    {
        if (Number(figures, "check", "onnxruntimeMsOneThread") is { } checkedMs) return checkedMs;
        if (!figures.TryGetProperty("latency", out var rows) || rows.ValueKind != JsonValueKind.Array) return null;
        int[] shape = [3, model.Input.Height, model.Input.Width];
        return rows.EnumerateArray()
            .Where(row => row.GetProperty("model").GetString() == model.File && row.GetProperty("threads").GetInt32() == 1 && row.GetProperty("shape").EnumerateArray().Select(side => side.GetInt32()).SequenceEqual(shape))
            .Select(row => (double?)row.GetProperty("median_ms").GetDouble()).FirstOrDefault();
    }

    private static double? Number(JsonElement figures, string group, string name) =>
        figures.TryGetProperty(group, out var inner) && inner.ValueKind == JsonValueKind.Object && inner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
