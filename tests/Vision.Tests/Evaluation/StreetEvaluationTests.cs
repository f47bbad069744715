using EdgeGateway.Vision.Evaluation;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Tests.Inference;

namespace EdgeGateway.Vision.Tests.Evaluation;

public sealed class StreetEvaluationTests
{
    [Fact]
    public void Ignore_regions_mask_the_classes_that_they_may_hold()
    {
        using var folder = new StreetFolder().Picture("indtraf_1.png", labels:
        [
            (3, [1, 1, 10, 10], 1, "teacher, vehicle type unknown"),
            (4, [2, 2, 10, 10], 1, "two-wheeler of unknown type"),
            (1, [3, 3, 10, 10], 1, "human crowd region"),
        ]).Write();
        var picture = Assert.Single(StreetSet.Load(folder.Path, "val"));
        Assert.Equal(("indtraf", 0), (picture.Source, picture.Boxes.Count));
        Assert.Equal(
            [ObjectClass.Car, ObjectClass.Motorcycle, ObjectClass.Bus, ObjectClass.Truck, ObjectClass.Bicycle, ObjectClass.Motorcycle, ObjectClass.Person],
            picture.Ignore.Select(one => one.Class));
    }

    [Fact]
    public void A_rider_box_keeps_its_lower_part_and_masks_the_whole()
    {
        using var folder = new StreetFolder().Picture("vnjunc_1.png", labels: [(4, [10, 4, 30, 40], 0, "human, two-wheeler box with rider")]).Write();
        var picture = Assert.Single(StreetSet.Load(folder.Path, "val"));
        Assert.Equal((ObjectClass.Motorcycle, new BoxPx(10, 14, 30, 30)), Assert.Single(picture.Boxes));
        Assert.Equal(new IgnoreRegion(ObjectClass.Motorcycle, new(10, 4, 30, 40)), Assert.Single(picture.Ignore));
    }

    [Fact]
    public void One_picture_in_twelve_is_held_out_by_its_name_as_the_trainer_draws_it()
    {
        // python3: int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 12 == 0
        Assert.Equal([14, 18, 20], Enumerable.Range(0, 60).Where(i => StreetSet.IsHeldOut($"coco_{i}.jpg")));
    }

    [Fact]
    public void A_missing_folder_says_where_it_is_expected()
    {
        var fault = Assert.Throws<DirectoryNotFoundException>(() => StreetSet.Load("/nowhere", "val"));
        Assert.Contains("/nowhere/detection/val.json", fault.Message);
        Assert.Contains("--data DIR", fault.Message);
        Assert.Contains("/nowhere/plates/crops/crops.jsonl", Assert.Throws<DirectoryNotFoundException>(() => PlateSet.Crops("/nowhere").Any()).Message);
    }

    [Fact]
    public void Labels_that_are_none_are_refused_by_file()
    {
        using var folder = new StreetFolder().Picture("a_1.png").Write();
        var labels = Path.Combine(folder.Path, "detection", "val.json");
        foreach (var text in new[] { "{", "[]", """{"images":[{}],"annotations":[]}""" })
        {
            File.WriteAllText(labels, text);
            Assert.Contains(labels, Assert.Throws<InvalidDataException>(() => StreetSet.Load(folder.Path, "val")).Message);
        }
    }

    [Fact]
    public void Corrupt_and_mislabelled_pictures_are_skipped_named_and_counted()
    {
        using var folder = new StreetFolder()
            .Picture("coco_good.png", labels: [(1, [5, 5, 20, 20], 0, "human")])
            .Picture("coco_torn.png", content: "no picture"u8.ToArray())
            .Picture("coco_gone.png", content: [])
            .Picture("coco_size.png", saidWidth: 90)
            .Picture("coco_out.png", labels: [(1, [70, 5, 60, 20], 0, "human")])
            .Picture("coco_nine.png", labels: [(9, [5, 5, 9, 9], 0, "human")])
            .Write();
        var said = new List<string>();
        var skipped = new SkippedPictures(said.Add);
        using var model = TinyModels.Open(TinyModels.Manifest("yolox", "yolox", 64, "person", "car"));
        var evaluation = new StreetEvaluation(new ObjectDetector(model, new FairTurnstile(1)));
        var looked = evaluation.Look(StreetSet.Load(folder.Path, "val"), false, skipped, stop: TestContext.Current.CancellationToken);
        Assert.Equal("coco_good.png", Assert.Single(looked).Picture.Name);
        Assert.Equal(5, skipped.Count);
        foreach (var (name, reason) in new[] { ("torn", "no picture"), ("gone", "does not exist"), ("size", "is 80x50, its labels say 90x50"), ("out", "outside"), ("nine", "unknown category 9") })
        {
            Assert.Contains(said, line => line.Contains(folder.PathOf($"coco_{name}.png"), StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));
        }

        var figures = evaluation.Measure(looked, skipped.Count);
        Assert.Equal((1, 5, 1), (figures.Pictures, figures.Skipped, figures.Classes["person"].Boxes));
        // A class without a box has no figure rather than a bad one.
        Assert.Equal((0, null), (figures.Classes["bus"].Boxes, figures.Classes["bus"].Ap50));
    }

    [Fact]
    public void A_class_that_nobody_looked_for_is_not_judged_in_that_picture()
    {
        BoxPx box = new(5, 5, 20, 20);
        StreetPicture Of(params ObjectClass[] human) => new("a", "a", "a", 80, 50, [(ObjectClass.Person, box)], [], human.ToHashSet(), false, null);
        List<ScoredBox>[] found = [.. Enumerable.Range(0, 6).Select(i => i == 2 ? new List<ScoredBox> { new(box, 0.9f) } : [])];
        Assert.Null(StreetEvaluation.Ap50([new(Of(ObjectClass.Person), found)], ObjectClass.Car));
        Assert.Equal(0, StreetEvaluation.Ap50([new(Of(ObjectClass.Person), found)], ObjectClass.Person));
    }
}
