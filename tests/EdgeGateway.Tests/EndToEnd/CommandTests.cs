using System.Globalization;
using System.Text.Json;
using EdgeGateway.Testing;
using OpenCvSharp;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>The commands that end by themselves: their JSON lines, their exit codes, what they do with bad input.</summary>
public sealed class CommandTests : IDisposable
{
    private static readonly bool HasPlates = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "models", "models.json")).Contains("\"plate-detect\"", StringComparison.Ordinal);

    private readonly string _folder = Directory.CreateTempSubdirectory("edgegateway-commands-").FullName;

    [Fact]
    public async Task Detect_answers_one_line_a_picture_with_boxes_in_its_own_pixels()
    {
        var picture = await StillAsync();
        var ended = await GatewayProcess.RunAsync("detect", picture, picture, "--classes", "person", "--min-score", "0.4", "--annotate", Path.Combine(_folder, "out"));
        Assert.True(ended.Code == 0, ended.Error);
        var lines = Lines(ended);
        Assert.Equal(2, lines.Count);
        Assert.Equal(["image", "width", "height", "detections"], Keys(lines[0]));
        Assert.Equal((picture, 768, 576), (lines[0].GetProperty("image").GetString(), lines[0].GetProperty("width").GetInt32(), lines[0].GetProperty("height").GetInt32()));
        var people = lines[0].GetProperty("detections").EnumerateArray().ToList();
        Assert.InRange(people.Count, 3, 12);
        foreach (var person in people)
        {
            Assert.Equal(["class", "score", "box"], Keys(person));
            Assert.Equal("person", person.GetProperty("class").GetString());
            Assert.InRange(person.GetProperty("score").GetDouble(), 0.4, 1);
            var box = person.GetProperty("box").EnumerateArray().Select(value => value.GetDouble()).ToList();
            Assert.True(box is [>= -1, >= -1, > 0, > 0] && box[0] + box[2] <= 769 && box[1] + box[3] <= 577, person.GetRawText());
        }

        Assert.Equal((768, 576), SizeOf(Path.Combine(_folder, "out", "still.png")));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(8)]
    public async Task A_picture_that_lies_on_its_side_is_looked_at_upright_and_boxes_are_in_its_stored_pixels(int orientation)
    {
        using var shown = Cv2.ImRead(await StillAsync());
        using var stored = new Mat();
        Cv2.Rotate(shown, stored, orientation switch { 3 => RotateFlags.Rotate180, 6 => RotateFlags.Rotate90Counterclockwise, _ => RotateFlags.Rotate90Clockwise });
        var (upright, turned) = (Save("upright.jpg", shown.ImEncode(".jpg")), Save("turned.jpg", WithExif(stored.ImEncode(".jpg"), orientation)));
        var ended = await GatewayProcess.RunAsync("detect", upright, turned, "--classes", "person", "--annotate", Path.Combine(_folder, "out"));
        Assert.True(ended.Code == 0, ended.Error);
        var (first, second) = (Lines(ended)[0], Lines(ended)[1]);
        Assert.Equal((stored.Width, stored.Height), (second.GetProperty("width").GetInt32(), second.GetProperty("height").GetInt32()));
        var people = BoxesOf(first);
        Assert.InRange(people.Count, 3, 12);
        Assert.Equal(people.Count, BoxesOf(second).Count);
        foreach (var box in people)
        {
            var (x, y, w, h) = (box[0], box[1], box[2], box[3]);
            double[] place = orientation switch
            {
                3 => [shown.Width - x - w, shown.Height - y - h, w, h],
                6 => [y, shown.Width - x - w, h, w],
                _ => [shown.Height - y - h, x, h, w],
            };
            // JPEG is another one after the turn: a few pixels.
            Assert.Contains(BoxesOf(second), other => other.Zip(place).All(pair => Math.Abs(pair.First - pair.Second) < 8));
        }

        Assert.Equal((shown.Width, shown.Height), SizeOf(Path.Combine(_folder, "out", "turned.png")));

        List<double[]> BoxesOf(JsonElement line) => [.. line.GetProperty("detections").EnumerateArray().Select(one => one.GetProperty("box").EnumerateArray().Select(value => value.GetDouble()).ToArray())];
    }

    [Fact]
    public async Task A_plate_that_lies_on_its_side_is_read()
    {
        using var shown = new Mat(110, 460, MatType.CV_8UC3, new Scalar(245, 245, 245));
        Cv2.PutText(shown, "37A-12345", new Point(20, 80), HersheyFonts.HersheyDuplex, 2.5, new Scalar(15, 15, 15), 7);
        using var stored = new Mat();
        Cv2.Rotate(shown, stored, RotateFlags.Rotate90Counterclockwise);
        var ended = await GatewayProcess.RunAsync("plates", "--crop", Save("upright.jpg", shown.ImEncode(".jpg")), Save("turned.jpg", WithExif(stored.ImEncode(".jpg"), 6)));
        Assert.True(ended.Code == 0, ended.Error);
        string[] texts = [.. Lines(ended).Select(line => Assert.Single(line.GetProperty("plates").EnumerateArray()).GetProperty("text").GetString()!)];
        Assert.Equal(texts[0], texts[1]);
        var box = Lines(ended)[1].GetProperty("plates")[0].GetProperty("box");
        Assert.True(box[2].GetDouble() < box[3].GetDouble(), "its box lies on its side, as it is stored");
    }

    [Theory]
    [InlineData("--classes", "persn", "person, bicycle")]
    [InlineData("--min-score", "7", "0 to 1")]
    [InlineData("--model", "strete", "street")]
    public async Task Detect_names_what_would_do_in_place_of_a_wrong_word(string option, string word, string told)
    {
        var ended = await GatewayProcess.RunHereAsync("detect", await StillAsync(), option, word);
        Assert.Equal(2, ended.Code);
        Assert.Contains(told, ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--annotate", "detect", "a.jpg", "--anotate")]
    [InlineData("--crop", "plates", "a.jpg", "--crob")]
    [InlineData("with a point", "track", "det.txt", "--out", "tracks.txt", "--fps", "29,97")]
    [InlineData("with a point", "detect", "a.jpg", "--min-score", "0,1")]
    [InlineData("with a point", "detect", "a.jpg", "--min-score", "NaN")]
    [InlineData("above 0", "bench", "--seconds", "0")]
    [InlineData("above 0", "demo", "--seconds", "0")]
    [InlineData("is empty", "detect", "a.jpg", "--classes", "")]
    [InlineData("is a folder", "track", "/tmp", "--fps", "10", "--out", "tracks.txt")]
    [InlineData("2026-06-01T06:00:00Z", "replay", "--camera", "cong", "--input", "a.mp4", "--out", "a.jsonl", "--start", "12:00")]
    [InlineData("2026-06-01T06:00:00Z", "replay", "--camera", "cong", "--input", "a.mp4", "--out", "a.jsonl", "--start", "1/2/2026")]
    public async Task A_wrong_word_is_wrong_usage_and_told_with_the_right_one(string told, params string[] words)
    {
        var ended = await GatewayProcess.RunHereAsync(words);
        Assert.True(ended.Code == 2, ended.Error);
        Assert.Contains(told, ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_refuses_a_filter_that_no_broker_takes()
    {
        await using var watch = GatewayProcess.Start(["watch", "--mqtt", "-", "--topic", "edge/#/x"], input: "mqtt://127.0.0.1:1883\n");
        Assert.Equal(2, await watch.EndAsync());
        Assert.Contains(watch.Error, line => line.Contains("topic filter", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_pictures_of_one_name_are_annotated_into_two_files()
    {
        var picture = await StillAsync();
        var other = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "b")).FullName, "still.png");
        File.Copy(picture, other);
        var ended = await GatewayProcess.RunAsync("detect", picture, other, "--annotate", Path.Combine(_folder, "out"));
        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal(["still-2.png", "still.png"], Directory.EnumerateFiles(Path.Combine(_folder, "out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_picture_that_lies_in_the_folder_of_annotated_ones_is_not_written_over()
    {
        var picture = await StillAsync();
        var before = await File.ReadAllBytesAsync(picture, TestContext.Current.CancellationToken);
        var ended = await GatewayProcess.RunAsync("detect", picture, "--annotate", _folder);
        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal(before, await File.ReadAllBytesAsync(picture, TestContext.Current.CancellationToken));
        Assert.Equal((768, 576), SizeOf(Path.Combine(_folder, "still-2.png")));
    }

    [Fact]
    public async Task A_mistake_in_one_cameras_file_is_a_warning_where_that_camera_is_not_needed()
    {
        using var site = new Installation().Camera("cong", "rtsp://10.0.0.1/main");
        site.Write("cameras/bai.yaml", "id: bai\nnam: x\n");
        var ended = await GatewayProcess.RunAsync("keys", "init", "--config", site.Folder);
        Assert.True(ended.Code == 0, ended.Error);
        Assert.Contains("bai.yaml:2:1: warning", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Odd_pictures_are_looked_at_and_bad_ones_are_named_while_the_others_are_answered()
    {
        using var noise = new Mat(64, 48, MatType.CV_8UC3);
        Cv2.Randu(noise, new Scalar(0, 0, 0), new Scalar(255, 255, 255));
        using var grey = noise.CvtColor(ColorConversionCodes.BGR2GRAY);
        using var deep = new Mat();
        noise.ConvertTo(deep, MatType.CV_16UC3, 257);
        using var dot = new Mat(1, 1, MatType.CV_8UC3, new Scalar(1, 2, 3));
        using var wide = new Mat(3, 4001, MatType.CV_8UC3, new Scalar(9, 9, 9));
        var jpeg = noise.ImEncode(".jpg");
        (string Name, int Width, int Height)[] good =
        [
            (Save("dot.png", dot.ImEncode(".png")), 1, 1),
            (Save("wide.png", wide.ImEncode(".png")), 4001, 3),
            (Save("grey.jpg", grey.ImEncode(".jpg")), 48, 64),
            (Save("deep.png", deep.ImEncode(".png")), 48, 64),
            (Save("ảnh xoay.jpg", WithExif(jpeg, 6)), 48, 64),
            (Repository.PathOf("tests", "Vision.Tests", "Imaging", "assets", "cmyk.jpg"), 24, 16),
        ];
        string[] bad = [Save("text.jpg", "không phải ảnh"u8.ToArray()), Save("empty.png", []), Save("cut.png", noise.ImEncode(".png")[..60]), Path.Combine(_folder, "absent.jpg"), _folder];
        foreach (var command in HasPlates ? ["detect", "plates"] : new[] { "detect" })
        {
            var ended = await GatewayProcess.RunAsync([command, bad[0], .. good.Select(one => one.Name), .. bad[1..]]);
            Assert.Equal(1, ended.Code);
            var lines = Lines(ended);
            Assert.Equal(good.Select(one => one.Name), lines.Select(line => line.GetProperty("image").GetString()));
            if (command == "detect") Assert.Equal(good.Select(one => (one.Width, one.Height)), lines.Select(line => (line.GetProperty("width").GetInt32(), line.GetProperty("height").GetInt32())));
            Assert.All(bad, path => Assert.Contains(path, ended.Error, StringComparison.Ordinal));
            Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_cut_picture_is_told_in_one_sentence_and_no_library_speaks_beside_it()
    {
        using var noise = new Mat(120, 160, MatType.CV_8UC3);
        Cv2.Randu(noise, new Scalar(0, 0, 0), new Scalar(255, 255, 255));
        var whole = noise.ImEncode(".png");
        // libpng speaks of the one, OpenCV of the other.
        string[] cut = [Save("half.png", whole[..(whole.Length / 2)]), Save("head.png", whole[..60]), Save("half.jpg", noise.ImEncode(".jpg")[..2000])];
        var ended = await GatewayProcess.RunAsync(["detect", .. cut]);
        var told = ended.Error.Split('\n');
        Assert.True(ended.Code == 1 && told.Length == cut.Length, ended.Error);
        Assert.All(cut.Zip(told), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_with_a_wrong_hash_is_refused_by_its_files_name()
    {
        var models = Installation.DamagedModels("street.onnx");
        var file = Path.Combine(models, "street.onnx");
        var detect = await GatewayProcess.RunAsync("detect", await StillAsync(), "--models", models);
        Assert.Equal((1, ""), (detect.Code, detect.Output));
        Assert.Contains(file, detect.Error, StringComparison.Ordinal);

        var list = await GatewayProcess.RunAsync("models", "list", "--models", models);
        Assert.Equal(1, list.Code);
        Assert.Equal("changed", Lines(list).Single(line => line.GetProperty("name").GetString() == "street").GetProperty("state").GetString());
        Directory.Delete(models, recursive: true);
    }

    [Fact]
    public async Task Models_list_tells_hash_licence_source_accuracy_and_speed_of_each()
    {
        var ended = await GatewayProcess.RunAsync("models", "list");
        Assert.Equal(0, ended.Code);
        foreach (var line in Lines(ended))
        {
            Assert.Equal("ok", line.GetProperty("state").GetString());
            Assert.Matches("^[0-9a-f]{64}$", line.GetProperty("sha256").GetString());
            Assert.All(["licence", "source", "data", "input", "decoder"], key => Assert.False(string.IsNullOrWhiteSpace(line.GetProperty(key).GetString()), key));
            Assert.False(string.IsNullOrWhiteSpace(line.GetProperty("measure").GetString()));
            Assert.InRange(line.GetProperty("accuracy").GetDouble(), 0.01, 1);
            Assert.InRange(line.GetProperty("msOneThread").GetDouble(), 0.01, 1000);
        }
    }

    [Fact]
    public async Task Plates_reads_or_says_which_model_it_lacks()
    {
        using var plate = new Mat(64, 200, MatType.CV_8UC3, new Scalar(250, 250, 250));
        Cv2.PutText(plate, "37A-12345", new Point(8, 44), HersheyFonts.HersheySimplex, 1.1, new Scalar(20, 20, 20), 3);
        var ended = await GatewayProcess.RunAsync("plates", "--crop", Save("plate.png", plate.ImEncode(".png")));
        if (!HasPlates)
        {
            Assert.Equal(1, ended.Code);
            Assert.Contains("lists no model for the task 'plate-detect'", ended.Error, StringComparison.Ordinal);
            return;
        }

        Assert.True(ended.Code == 0, ended.Error);
        var line = Assert.Single(Lines(ended));
        Assert.Equal(["image", "plates"], Keys(line));
        var read = Assert.Single(line.GetProperty("plates").EnumerateArray());
        Assert.Empty(new[] { "text", "confidence", "box", "lines", "kind", "colour", "charConfidences" }.Except(Keys(read), StringComparer.Ordinal));
        Assert.Equal(read.GetProperty("text").GetString()!.Length, read.GetProperty("charConfidences").GetArrayLength());
    }

    [Fact]
    public async Task A_test_picture_in_place_of_a_plate_gives_no_plate()
    {
        Assert.SkipUnless(HasPlates, "The plate models are not in models/models.json yet.");
        using var bars = new Mat(60, 200, MatType.CV_8UC3);
        Scalar[] colours = [new(192, 192, 192), new(0, 192, 192), new(192, 192, 0), new(0, 192, 0), new(192, 0, 192), new(0, 0, 192), new(192, 0, 0)];
        for (var i = 0; i < colours.Length; i++) Cv2.Rectangle(bars, new Rect(i * 200 / 7, 0, 29, 60), colours[i], -1);
        using var noise = new Mat(100, 140, MatType.CV_8UC3);
        Cv2.SetTheRNG(1);
        Cv2.Randu(noise, new Scalar(0, 0, 0), new Scalar(255, 255, 255));
        var ended = await GatewayProcess.RunAsync("plates", "--crop", Save("bars.png", bars.ImEncode(".png")), Save("noise.png", noise.ImEncode(".png")));
        Assert.True(ended.Code == 0, ended.Error);
        Assert.All(Lines(ended), line => Assert.Equal(0, line.GetProperty("plates").GetArrayLength()));
    }

    [Fact]
    public async Task A_replay_that_is_told_to_end_leaves_no_half_of_its_events()
    {
        using var site = new Installation().Camera("cong", "rtsp://10.0.0.1/main");
        var output = Path.Combine(site.Folder, "out.jsonl");
        await using var replay = GatewayProcess.Start(["replay", "--config", site.Folder, "--camera", "cong", "--input", await StreetClip.LongAsync(), "--out", output]);
        await Wait.Until("it has begun to write", () => replay.HasExited || (File.Exists(output + ".partial") && Processes.Below(replay.Id).Count > 0), TimeSpan.FromSeconds(60));
        replay.Terminate();
        Assert.True(await replay.EndAsync() == 1, $"{replay.ExitCode}: {replay.Said}");
        Assert.Contains("Stopped before the end.", replay.Error);
        Assert.Empty(replay.Output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(site.Folder, "out.jsonl*"));
    }

    [Fact]
    public async Task Track_turns_detections_into_tracks_of_the_same_text()
    {
        var detections = Save("det.txt", System.Text.Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(1, 30).Where(frame => frame != 12).Select(frame => string.Create(
            CultureInfo.InvariantCulture, $"{frame},-1,{100 + 4 * frame},50,40,90,0.9,-1,-1,-1")))));
        var tracks = Path.Combine(_folder, "tracks.txt");
        var ended = await GatewayProcess.RunAsync("track", detections, "--fps", "10", "--out", tracks);
        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal(["frames", "detections", "tracks", "boxes"], Keys(Assert.Single(Lines(ended))));
        var rows = (await File.ReadAllLinesAsync(tracks)).Select(row => row.Split(',')).ToList();
        Assert.True(rows.Count >= 25);
        Assert.All(rows, row => Assert.Equal(10, row.Length));
        Assert.Single(rows.Select(row => row[1]).Distinct(StringComparer.Ordinal));

        var bad = await GatewayProcess.RunAsync("track", Save("bad.txt", "1,-1,a,b\n"u8.ToArray()), "--fps", "10", "--out", tracks);
        Assert.Equal(1, bad.Code);
        Assert.Contains("bad.txt", bad.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_measures_a_stream_whose_password_comes_on_standard_input()
    {
        await using var server = await RtspServer.StartAsync("--user", "viewer", "--password", "mat-khau-dai", "main=" + await StreetClip.PathAsync());
        await using var probe = GatewayProcess.Start(["probe", "-"], input: server.Url("main", "viewer:mat-khau-dai") + "\n");
        Assert.True(await probe.EndAsync(TimeSpan.FromSeconds(90)) == 0, probe.Said);
        using var json = JsonDocument.Parse(Assert.Single(probe.Output));
        var found = json.RootElement;
        Assert.Equal(["url", "codec", "width", "height", "fps", "bitrateKbps", "keyFrameIntervalS", "timeToFirstFrameMs", "transport"], Keys(found));
        Assert.Equal(("h264", 768, 576, "tcp"), (found.GetProperty("codec").GetString(), found.GetProperty("width").GetInt32(), found.GetProperty("height").GetInt32(), found.GetProperty("transport").GetString()));
        Assert.DoesNotContain("mat-khau-dai", probe.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshot_draws_the_cameras_view_of_a_file_and_judges_sizes()
    {
        using var site = new Installation().Camera("cong", "rtsp://10.0.0.1/main", "zones: { 'quang-truong': { points: [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]], units: fraction } }");
        var picture = Path.Combine(_folder, "view.png");
        var ended = await GatewayProcess.RunAsync("snapshot", "--config", site.Folder, "--camera", "cong", "--input", await StreetClip.PathAsync(), "--out", picture, "--reference");
        Assert.True(ended.Code == 0, ended.Error);
        // Outlines, no picture: a few kilobytes of the size of the edge map.
        Assert.InRange(new FileInfo(Path.Combine(site.Storage, "references", "cong.reference")).Length, 320 * 240, 320 * 240 + 100);
        var line = Assert.Single(Lines(ended));
        Assert.Equal((768, 576), (line.GetProperty("width").GetInt32(), line.GetProperty("height").GetInt32()));
        Assert.True(line.GetProperty("people").GetInt32() > 0);
        Assert.InRange(line.GetProperty("personHeightPx").GetDouble(), 40, 200);
        Assert.Equal((768, 576), SizeOf(picture));
    }

    [Theory]
    [InlineData("person", false)]
    [InlineData("motorcycle, bicycle", true)]
    public async Task A_snapshot_sees_nothing_of_the_classes_that_a_mask_hides(string hidden, bool seesPeople)
    {
        using var site = new Installation().Camera("cong", "rtsp://10.0.0.1/main", $"masks: {{ san: {{ points: [[0, 0], [1, 0], [1, 1], [0, 1]], units: fraction, classes: [{hidden}] }} }}");
        var ended = await GatewayProcess.RunAsync("snapshot", "--config", site.Folder, "--camera", "cong", "--input", await StreetClip.PathAsync(), "--out", Path.Combine(_folder, "masked.png"));
        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal(seesPeople, Assert.Single(Lines(ended)).GetProperty("people").GetInt32() > 0);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IReadOnlyList<JsonElement> Lines(Ended ended) => ended.Lines;

    private static IEnumerable<string> Keys(JsonElement item) => item.EnumerateObject().Select(property => property.Name);

    private static (int Width, int Height) SizeOf(string path)
    {
        using var picture = Cv2.ImRead(path);
        return (picture.Width, picture.Height);
    }

    private static byte[] WithExif(byte[] jpeg, int orientation) =>
    [
        .. jpeg[..2],
        0xFF, 0xE1, 0x00, 0x22, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
        0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        .. jpeg[2..],
    ];

    private string Save(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private async Task<string> StillAsync()
    {
        var still = await Clips.RenderAsync("still.png", ["-ss", "3", "-i", await StreetClip.PathAsync(), "-frames:v", "1"]);
        var copy = Path.Combine(_folder, "still.png");
        if (!File.Exists(copy)) File.Copy(still, copy);
        return copy;
    }
}
