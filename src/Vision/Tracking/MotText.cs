using System.Globalization;
using System.Text;

namespace EdgeGateway.Vision.Tracking;

/// <summary>One line of MOTChallenge text.</summary>
/// <param name="Frame">Frame number, from 1.</param>
/// <param name="Id">Track or person, -1 in a file of detections.</param>
/// <param name="Box">In pixels.</param>
/// <param name="Score">Column 7: score of a detection; "consider" (1 or 0) in a file of truth. 1 when absent.</param>
/// <param name="Class">Column 8, -1 when absent.</param>
/// <param name="Visibility">Column 9, -1 when absent.</param>
public readonly record struct MotRow(int Frame, long Id, BoxPx Box, float Score, int Class, float Visibility);

/// <summary>A line of a MOTChallenge file that cannot be read. The message names file, line and what was expected.</summary>
public sealed class MotTextException(string message) : FormatException(message);

/// <summary>Reads and writes MOTChallenge text: <c>frame,id,left,top,width,height,score,…</c>, one box a line, in any order of frames.</summary>
public static class MotText
{
    /// <summary>The highest frame number taken: ten days at 12 frames a second. More is a slip of the pen.</summary>
    public const int MaxFrame = 10_000_000;

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="MotTextException">A line is not seven numbers or more, a frame number is not 1 to <see cref="MaxFrame"/>, or a size is not above 0.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static List<MotRow> Read(string path)
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        return Read(reader, path);
    }

    /// <summary>Reads from an open text; <paramref name="name"/> is what errors call it.</summary>
    /// <exception cref="MotTextException">See <see cref="Read(string)"/>.</exception>
    public static List<MotRow> Read(TextReader reader, string name)
    {
        var rows = new List<MotRow>();
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            rows.Add(Parse(line, name, number));
        }

        return rows;
    }

    /// <summary>Writes one box of a track: <c>frame,id,left,top,width,height,score,-1,-1,-1</c>.</summary>
    public static void Write(TextWriter writer, int frame, long id, in BoxPx box, float score) =>
        writer.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{frame},{id},{box.X:0.00},{box.Y:0.00},{box.Width:0.00},{box.Height:0.00},{score:0.000},-1,-1,-1\n"));

    private static MotRow Parse(string line, string name, int number)
    {
        var fields = line.Split(',', StringSplitOptions.TrimEntries);
        if (fields.Length < 6)
        {
            throw new MotTextException(
                $"{name}:{number}:1: {fields.Length} fields; a line is frame,id,left,top,width,height,score and may go on.");
        }

        var frame = Number(fields, 0, "frame", name, number);
        if (frame < 1 || frame > MaxFrame || frame != Math.Floor(frame))
        {
            throw new MotTextException($"{name}:{number}:1: the frame is \"{fields[0]}\"; frames are whole numbers from 1 to {MaxFrame}.");
        }

        var id = Number(fields, 1, "id", name, number);
        var box = new BoxPx(
            (float)Number(fields, 2, "left", name, number),
            (float)Number(fields, 3, "top", name, number),
            (float)Number(fields, 4, "width", name, number),
            (float)Number(fields, 5, "height", name, number));
        if (box.Width <= 0 || box.Height <= 0)
        {
            throw new MotTextException($"{name}:{number}: the box is {fields[4]} wide and {fields[5]} high; both must be above 0.");
        }

        return new MotRow(
            (int)frame,
            (long)id,
            box,
            fields.Length > 6 ? (float)Number(fields, 6, "score", name, number) : 1,
            fields.Length > 7 ? (int)Number(fields, 7, "class", name, number) : -1,
            fields.Length > 8 ? (float)Number(fields, 8, "visibility", name, number) : -1);
    }

    private static double Number(string[] fields, int index, string what, string name, int line)
    {
        if (double.TryParse(fields[index], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)) return value;
        var column = 1;
        for (var i = 0; i < index; i++) column += fields[i].Length + 1;
        throw new MotTextException($"{name}:{line}:{column}: {what} is \"{fields[index]}\"; a number with a point is expected.");
    }
}
