using EdgeGateway.Vision.Tracking;

namespace EdgeGateway.Vision.Tests.Tracking;

public sealed class MotTextTests
{
    private static List<MotRow> Read(string text) => MotText.Read(new StringReader(text), "det.txt");

    [Fact]
    public void Lines_are_read_and_written_back()
    {
        var rows = Read("1,-1,10.5,20,30,40,0.9,-1,-1,-1\n\n3,7, 1,2,3,4\r\n");
        Assert.Equal(
            [new MotRow(1, -1, new BoxPx(10.5f, 20, 30, 40), 0.9f, -1, -1), new MotRow(3, 7, new BoxPx(1, 2, 3, 4), 1, -1, -1)], rows);
        using var writer = new StringWriter();
        MotText.Write(writer, 3, 7, rows[0].Box, 0.9f);
        Assert.Equal("3,7,10.50,20.00,30.00,40.00,0.900,-1,-1,-1\n", writer.ToString());
    }

    [Theory]
    [InlineData("1,-1,10,20,30,40,0.9\n1,-1,10,20\n", "det.txt:2:1: 4 fields")]
    [InlineData("1,-1,10,x,30,40,0.9", "det.txt:1:9: top is \"x\"")]
    [InlineData("0,-1,10,20,30,40,0.9", "det.txt:1:1: the frame is \"0\"")]
    [InlineData("1.5,-1,10,20,30,40,0.9", "det.txt:1:1: the frame is \"1.5\"")]
    [InlineData("99999999999,-1,10,20,30,40,0.9", "det.txt:1:1: the frame is")]
    [InlineData("1,-1,10,20,0,40,0.9", "det.txt:1: the box is 0 wide")]
    [InlineData("1,-1,10,20,NaN,40,0.9", "det.txt:1:12: width is \"NaN\"")]
    [InlineData("frame,id,left,top,width,height,score", "det.txt:1:1: frame is \"frame\"")]
    public void A_mistake_names_its_line(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<MotTextException>(() => Read(text)).Message);

    [Fact]
    public void A_frame_number_without_a_line_is_an_empty_frame()
    {
        List<(int Frame, int Tracks)> seen = [];
        TrackFile.Run(Read("1,-1,10,20,30,60,0.9\n2,-1,10,20,30,60,0.9\n5,-1,500,20,30,60,0.9"), 10, null, (frame, tracks) => seen.Add((frame, tracks.Length)));
        Assert.Equal([(1, 0), (2, 1), (3, 1), (4, 1), (5, 1)], seen);
    }

    [Fact]
    public void An_empty_file_gives_an_empty_file()
    {
        var folder = Directory.CreateTempSubdirectory("mot");
        try
        {
            var (input, output) = (Path.Combine(folder.FullName, "det.txt"), Path.Combine(folder.FullName, "out.txt"));
            File.WriteAllText(input, "");
            Assert.Equal(new TrackFileSummary(0, 0, 0, 0), TrackFile.Run(input, 10, output));
            Assert.Equal("", File.ReadAllText(output));
            Assert.Throws<ArgumentOutOfRangeException>(() => TrackFile.Run(input, 0, output));
            Assert.Equal(2, folder.GetFiles().Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
