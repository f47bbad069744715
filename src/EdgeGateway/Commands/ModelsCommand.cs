using System.CommandLine;
using System.Text.Json;
using EdgeGateway.Cameras;
using EdgeGateway.Vision.Inference;

namespace EdgeGateway.Commands;

/// <summary><c>models</c>: those in use with hash, licence, source and figures; public ones fetched; all measured.</summary>
internal sealed class ModelsCommand : ICommandModule
{
    public Command Build()
    {
        var folder = CommonOptions.Models();
        var list = new GatewayCommand(
            "list",
            "List the models with hash, licence, source, measured accuracy and speed.",
            "edgegateway models list") { folder };
        list.SetAction(parsed => List(parsed.GetValue(folder)?.FullName ?? SharedModels.DefaultFolder, parsed.InvocationConfiguration.Output));
        return new GatewayCommand("models", "The models that this gateway uses.", $"{list.Example}\nedgegateway models fetch yolox-tiny\nedgegateway models evaluate --data ../shared/data") { list, ModelsFetch.Build(), ModelsEvaluate.Build() };
    }

    private static int List(string folder, TextWriter output)
    {
        var worst = ExitCode.Done;
        foreach (var model in ModelCatalogue.Load(folder).Models)
        {
            var state = !File.Exists(model.Path) ? "missing" : ModelCatalogue.HashOf(model.Path) == model.Sha256 ? "ok" : "changed";
            if (state != "ok") worst = ExitCode.Failed;
            JsonLines.Write(output, json =>
            {
                json.WriteString("name", model.Name);
                json.WriteString("task", model.Task);
                json.WriteString("file", model.Path);
                json.WriteString("state", state);
                json.WriteString("sha256", model.Sha256);
                json.WriteString("input", $"{model.Input.Width}x{model.Input.Height}");
                json.WriteString("decoder", model.Decoder);
                json.WriteString("licence", model.Licence);
                json.WriteString("source", model.Source);
                json.WriteString("data", model.Data);
                WriteSummary(json, ModelSummary.Of(model));
                if (model.Figures is { } figures)
                {
                    json.WritePropertyName("figures");
                    figures.WriteTo(json);
                }
            });
        }

        return worst;
    }

    private static void WriteSummary(Utf8JsonWriter json, ModelSummary summary)
    {
        json.WriteString("measure", summary.Measure);
        if (summary.Accuracy is { } accuracy) json.WriteNumber("accuracy", accuracy);
        else json.WriteNull("accuracy");
        if (summary.MillisecondsOneThread is { } ms) json.WriteNumber("msOneThread", ms);
        else json.WriteNull("msOneThread");
    }
}
