using System.Text.Json;
using EdgeGateway.Testing;
using EdgeGateway.Vision.Imaging;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Plates;

namespace EdgeGateway.Vision.Tests.Plates;

/// <summary>The shipped models on real pictures. Not a measurement (benchmarks/Plates is): it notices that a model, its manifest or the code around it broke.</summary>
public sealed class RealPlateTests
{
    [Fact]
    public void Most_real_crops_are_read_whole()
    {
        using var images = Open(out var data);
        var (read, right) = (0, 0);
        foreach (var row in Rows(Path.Combine(data, "crops", "crops.jsonl")).Where((_, i) => i % 40 == 0))
        {
            using var picture = ImageFile.Load(Path.Combine(data, "crops", NameOf(row)));
            var plate = images.ReadCrop(picture)!;
            Assert.True(plate.IsReadable, NameOf(row));
            var reading = plate.Reading;
            read++;
            if (PlateSymbols.Fold(reading.Text) == PlateSymbols.Fold(row.GetProperty("text").GetString()!)) right++;
        }

        Assert.True(read > 50);
        Assert.True(right >= 0.6 * read, $"{right} of {read}");
    }

    [Fact]
    public void Most_plates_of_real_scenes_are_found_and_their_boxes_lie_in_the_picture()
    {
        using var images = Open(out var data);
        var (plates, hits) = (0, 0);
        foreach (var row in Rows(Path.Combine(data, "scenes", "scenes.jsonl")).Where((_, i) => i % 60 == 0))
        {
            using var picture = ImageFile.Load(Path.Combine(data, "scenes", NameOf(row)));
            var found = images.Find(picture);
            Assert.All(found, f => Assert.True(f.Spot.Box.X >= 0 && f.Spot.Box.Y >= 0 && f.Spot.Box.Right <= picture.Width && f.Spot.Box.Bottom <= picture.Height));
            foreach (var plate in row.GetProperty("plates").EnumerateArray())
            {
                var b = plate.GetProperty("box").EnumerateArray().Select(v => v.GetSingle()).ToArray();
                plates++;
                if (found.Any(f => f.Spot.Box.Iou(new BoxPx(b[0], b[1], b[2], b[3])) >= 0.5f)) hits++;
            }
        }

        Assert.True(plates > 30);
        Assert.True(hits >= 0.6 * plates, $"{hits} of {plates}");
    }

    [Fact]
    public void A_plate_with_doubtful_characters_is_a_plate()
    {
        using var images = Open(out var data);
        using var picture = ImageFile.Load(Path.Combine(data, "crops", "phoc_697_0.jpg"));
        var plate = images.ReadCrop(picture)!;
        Assert.True(plate is { IsReadable: true, Reading.IsDoubtful: true }, plate.Reading.Text);
    }

    [Fact]
    public void Pictures_of_any_size_and_without_a_plate_give_a_bounded_answer()
    {
        using var images = Open(out _);
        foreach (var (width, height) in new[] { (1, 1), (3, 200), (200, 3), (641, 479), (2000, 31) })
        {
            using var pool = new Frames.FramePool(width, height, 1);
            using var frame = pool.TryRent()!;
            frame.Pixels.Fill(128);
            Assert.All(images.Find(frame), f => Assert.InRange(f.Reading.Text.Length, 0, PlateSymbols.MaxPlaces));
            if (images.ReadCrop(frame) is not { } plate) Assert.True(Math.Min(width, height) < 8 || Math.Max(width, height) > 12 * Math.Min(width, height), $"{width}x{height} may be a plate");
            else Assert.InRange(plate.Reading.Confidence, 0, 1);
        }
    }

    private static PlateImages Open(out string data)
    {
        var models = Repository.PathOf("models");
        Assert.SkipUnless(File.Exists(Path.Combine(models, "models.json")), "models/models.json is not there yet: run models/train.sh.");
        var catalogue = ModelCatalogue.Load(models);
        Assert.SkipUnless(catalogue.Contains("plate-detect") && catalogue.Contains("plate-read"), "The plate models are not in models/models.json yet.");
        var found = SharedData.TryPath("plates");
        Assert.SkipWhen(found is null, "The real plate pictures (shared/data/plates) are not beside this checkout.");
        data = found!;
        return new PlateImages(OnnxModel.Open(catalogue["plate-detect"], OnnxOptions.Default), OnnxModel.Open(catalogue["plate-read"], OnnxOptions.Default));
    }

    private static IEnumerable<JsonElement> Rows(string file) => File.ReadLines(file).Where(l => l.Length > 0).Select(l => JsonDocument.Parse(l).RootElement);

    private static string NameOf(JsonElement row) => Path.GetFileName(row.GetProperty("image").GetString()!);
}
