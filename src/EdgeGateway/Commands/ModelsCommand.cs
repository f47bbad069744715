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
            "List the models with state, hash, licence, source, measured accuracy and speed. Exit 1 when one cannot be used; 'problem' says why.",
            "edgegateway models list") { folder };
        list.SetAction(parsed => List(parsed.GetValue(folder)?.FullName ?? SharedModels.DefaultFolder, parsed.InvocationConfiguration.Output));
        return new GatewayCommand("models", "The models that this gateway uses.", $"{list.Example}\nedgegateway models fetch yolox-tiny\nedgegateway models evaluate --data ../shared/data") { list, ModelsFetch.Build(), ModelsEvaluate.Build() };
    }

    private static int List(string folder, TextWriter output)
    {
        var catalogue = ModelCatalogue.Load(folder);
        var worst = catalogue.Faults.Count > 0 ? ExitCode.Failed : ExitCode.Done;
        foreach (var model in catalogue.Models)
        {
            var (state, problem) = ModelTrial.Look(model);
            if (problem is not null) worst = ExitCode.Failed;
            JsonLines.Write(output, json =>
            {
                json.WriteString("name", model.Name);
                json.WriteString("task", model.Task);
                json.WriteString("file", model.Path);
                json.WriteString("state", state);
                if (problem is not null) json.WriteString("problem", problem);
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

        foreach (var fault in catalogue.Faults)
        {
            JsonLines.Write(output, json =>
            {
                json.WriteString("name", fault.Name);
                json.WriteString("state", "wrong");
                json.WriteString("problem", fault.Message);
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
