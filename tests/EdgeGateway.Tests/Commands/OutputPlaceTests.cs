using EdgeGateway.Commands;
using EdgeGateway.Tests.EndToEnd;

namespace EdgeGateway.Tests.Commands;

/// <summary>Where commands are to write: refused before the work, in one sentence, with the code of wrong usage.</summary>
public sealed class OutputPlaceTests
{
    private const string Exists = "models/clips/traffic.mp4";

    public static TheoryData<string> Commands => [
        $"snapshot --camera cong --input {Exists}",
        $"replay --camera cong --input {Exists}",
        "export counts --from 2026-07-01 --to 2026-07-02",
        "report visitors --from 2026-07-01 --to 2026-07-02 --format csv",
        "report rules --from 2026-07-01 --to 2026-07-31",
        "support-bundle --no-cameras",
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_file_that_cannot_be_written_is_refused_in_one_sentence(string command)
    {
        using var site = new Installation().Camera("cong", "rtsp://127.0.0.1:1/main");
        string[] words = [.. command.Split(' ').Select(word => word == Exists ? Path.Combine(AppContext.BaseDirectory, Exists) : word), "--config", site.Folder, "--out"];
        foreach (var (place, told) in new[]
        {
            ("/khong/co/x", "The folder /khong/co of --out does not exist"), (site.Folder, $"{site.Folder} of --out is a folder"), ("/proc/x", "The folder /proc of --out cannot be written"),
            ($"{site.Folder}/gateway.yaml/x", $"{site.Folder}/gateway.yaml of --out is a file, no folder"), (" ", "--out is empty"),
        })
        {
            var ended = await Run([.. words, place]);
            Assert.True(ended.Code == 2, $"{command} --out {place}: {ended.Code} {ended.Error}");
            Assert.StartsWith(told, Assert.Single(ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
            Assert.Empty(ended.Output);
        }
    }

    [Theory]
    [InlineData("replay", "--camera", "cong", "--input", "FILE", "--out", "FILE")]
    [InlineData("snapshot", "--camera", "cong", "--input", "FILE", "--out", "LINK")]
    [InlineData("track", "FILE", "--fps", "10", "--out", "FILE")]
    [InlineData("report", "visitors", "--from", "2026-07-01", "--to", "2026-07-02", "--format", "csv", "--merge", "FILE", "--out", "LINK")]
    public async Task What_is_read_is_not_written_over(params string[] command)
    {
        using var site = new Installation().Camera("cong", "rtsp://127.0.0.1:1/main");
        var (file, link) = (Path.Combine(site.Folder, "recording"), Path.Combine(site.Folder, "link"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, Exists), file);
        File.CreateSymbolicLink(link, file);
        var before = new FileInfo(file).Length;
        string[] config = command[0] == "track" ? [] : ["--config", site.Folder];
        var ended = await Run([.. command.Select(word => word == "FILE" ? file : word == "LINK" ? link : word), .. config]);
        Assert.Equal(2, ended.Code);
        Assert.Contains("of --out is the file that is read, and would be lost; name another file.", ended.Error, StringComparison.Ordinal);
        Assert.Equal(before, new FileInfo(file).Length);
    }

    [Fact]
    public async Task A_folder_for_pictures_that_is_a_picture_is_refused_and_none_of_that_name_is_made()
    {
        var folder = Directory.CreateTempSubdirectory("edgegateway-annotate-").FullName;
        try
        {
            var ended = await Run("detect", "a.jpg", "--annotate", Path.Combine(folder, "a.jpg"));
            Assert.Equal(2, ended.Code);
            Assert.Contains($"--annotate takes a folder, and {folder}/a.jpg looks like the name of a picture; name the folder {folder}.", ended.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder));

            var file = Path.Combine(folder, "day");
            await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
            var onFile = await Run("detect", "a.jpg", "--annotate", file);
            Assert.Equal((2, $"{file} of --annotate is a file; name a folder.\n"), (onFile.Code, onFile.Error));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_tracks_of_the_tracker_alone_are_no_exception()
    {
        var detections = Path.GetTempFileName();
        await File.WriteAllTextAsync(detections, "1,-1,10,10,20,40,0.9,-1,-1,-1\n", TestContext.Current.CancellationToken);
        var ended = await Run("track", detections, "--fps", "10", "--out", "/khong/co/tracks.txt");
        File.Delete(detections);
        Assert.Equal(2, ended.Code);
        Assert.StartsWith("The folder /khong/co of --out does not exist", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replay", "--camera", "cong", "--out", "a.jsonl", "--input", "FILE")]
    [InlineData("snapshot", "--camera", "cong", "--out", "a.png", "--input", "FILE")]
    [InlineData("calibrate", "--camera", "cong", "--truth", "a.csv", "--input", "FILE")]
    [InlineData("track", "--fps", "10", "--out", "a.txt", "FILE")]
    [InlineData("registry", "import", "FILE")]
    [InlineData("support-bundle", "--no-cameras", "--log", "FILE")]
    [InlineData("report", "visitors", "--from", "2026-07-01", "--to", "2026-07-02", "--format", "csv", "--out", "a.csv", "--merge", "FILE")]
    public async Task A_file_to_read_that_is_a_folder_or_absent_is_told_so(params string[] words)
    {
        using var site = new Installation().Camera("cong", "rtsp://127.0.0.1:1/main");
        foreach (var (place, told) in new[] { (site.Folder, $"{site.Folder} is a folder; name a file"), ("/khong/co.x", "/khong/co.x does not exist") })
        {
            var ended = await Run([.. words.Select(word => word == "FILE" ? place : word), .. words[0] == "track" ? Array.Empty<string>() : ["--config", site.Folder]]);
            Assert.Equal(2, ended.Code);
            Assert.Contains(told, ended.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--cameras 'x' is no whole number.", "bench", "--cameras", "x")]
    [InlineData("--cases '1.5' is no whole number.", "report", "rules", "--cases", "1.5", "--out", "a.html")]
    [InlineData("--key '' is no file.", "verify", "a.zip", "--key", "")]
    [InlineData("--at 'x' is no time; write 2026-06-01T06:00:00Z or 2026-06-01T06:00:00+07:00.", "registry", "lookup", "37A12345", "--colour", "white", "--vehicle", "car", "--at", "x", "--officer", "a", "--purpose", "b", "--case", "c")]
    public async Task A_value_of_the_wrong_kind_is_told_without_names_of_types(string told, params string[] words)
    {
        var ended = await Run(words);
        Assert.Equal(2, ended.Code);
        Assert.Contains(told, ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", ended.Error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
