using EdgeGateway.Cameras;

namespace EdgeGateway.Tests;

public sealed class PictureFolderTests
{
    [Fact]
    public void Old_pictures_are_deleted_and_counted_and_nothing_else_is()
    {
        var folder = Directory.CreateTempSubdirectory("pictures-").FullName;
        var now = new DateTimeOffset(2026, 7, 4, 0, 0, 0, TimeSpan.Zero);
        foreach (var (name, days) in new[] { ("a_plate.jpg", 8), ("b_plate.jpg", 6), ("notes.txt", 100) })
        {
            File.WriteAllText(Path.Combine(folder, name), "");
            File.SetLastWriteTimeUtc(Path.Combine(folder, name), now.UtcDateTime.AddDays(-days));
        }

        Assert.Equal(1, PictureFolder.Sweep(folder, now.AddDays(-7), PictureFolder.Names));
        Assert.Equal(["b_plate.jpg", "notes.txt"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(0, PictureFolder.Sweep(Path.Combine(folder, "absent"), now, PictureFolder.Names));
        Directory.Delete(folder, recursive: true);
    }
}
