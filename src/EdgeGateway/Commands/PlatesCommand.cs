using System.CommandLine;
using System.Text.Json;
using EdgeGateway.Cameras;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Commands;

/// <summary><c>plates IMAGE...</c>: the plates on pictures, one JSON object a picture.</summary>
internal sealed class PlatesCommand : ICommandModule
{
    public Command Build()
    {
        var images = new Argument<string[]>("IMAGE") { Description = "Picture files.", Arity = ArgumentArity.OneOrMore };
        var crop = new Option<bool>("--crop") { Description = "Each picture is one plate already; one in which nothing can be read gives no plate." };
        var folder = CommonOptions.Models();
        var command = new GatewayCommand(
            "plates",
            "Find and read licence plates on pictures. '?' stands for a character that stays doubtful.",
            "edgegateway plates car.jpg\nedgegateway plates --crop plate.png") { images, crop, folder };
        command.SetAction((parsed, stop) => Task.FromResult(Run(
            parsed.GetValue(images)!, parsed.GetValue(crop), parsed.GetValue(folder)?.FullName, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop)));
        return command;
    }

    private static int Run(string[] images, bool crop, string? folder, TextWriter output, TextWriter error, CancellationToken stop)
    {
        using var models = new SharedModels(folder ?? SharedModels.DefaultFolder, OnnxOptions.Default, 1);
        using var chain = new PlateImages(models.Open(models.PlateDetectorName), models.Open(models.PlateReaderName));
        var (failed, done) = (0, 0);
        using var progress = new ProgressLine("plates");
        foreach (var path in images)
        {
            stop.ThrowIfCancellationRequested();
            progress.Show(done++, "pictures");
            try
            {
                using var picture = InputFile.Picture(path, stop);
                var frame = picture.Frame;
                IReadOnlyList<PlateInImage> plates = !crop ? chain.Find(frame) : chain.ReadCrop(frame) is { IsReadable: true } one ? [one] : [];
                JsonLines.Write(output, json =>
                {
                    json.WriteString("image", path);
                    json.WriteStartArray("plates");
                    foreach (var plate in plates) Write(json, plate, picture);
                    json.WriteEndArray();
                });
            }
            catch (ImageException fault)
            {
                failed++;
                error.WriteLine(fault.Message);
            }
        }

        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static void Write(Utf8JsonWriter json, PlateInImage plate, UprightPicture picture)
    {
        var reading = plate.Reading;
        json.WriteStartObject();
        json.WriteString("text", reading.Text);
        json.WriteString("display", reading.Display);
        json.WriteNumber("confidence", Math.Round((decimal)reading.Confidence, 3));
        json.WriteBox("box", picture.ToStored(plate.Spot.Box));
        json.WriteNumber("lines", reading.Lines);
        json.WriteString("kind", reading.Kind.Name());
        json.WriteString("colour", reading.Colour.Name());
        json.WriteStartArray("charConfidences");
        foreach (var confidence in reading.CharConfidences) json.WriteNumberValue(Math.Round((decimal)confidence, 3));
        json.WriteEndArray();
        json.WriteStartArray("alternatives");
        foreach (var alternative in reading.Alternatives) json.WriteStringValue(alternative.Text);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
