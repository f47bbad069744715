using EdgeGateway.Vision.Frames;

namespace EdgeGateway.Benchmarks.Rules.Simulator;

/// <summary>
/// Paints the traffic light as a camera sees it, into a small frame: by day coloured lamps, by night burnt-out cores with coloured rims; a
/// countdown above; noise; in one frame of twelve the LEDs are caught between two half waves.
/// </summary>
internal sealed class LampPainter(int seed, bool night)
{
    public const int Width = 40;
    public const int Height = 96;

    private readonly Random _random = new(seed);

    public void Paint(Frame frame, char state, double remaining)
    {
        var isDark = _random.NextDouble() < 1 / 12.0;
        var pixels = frame.Pixels;
        var luma = pixels[..(Width * Height)];
        var cb = pixels.Slice(Width * Height, Width * Height / 4);
        var cr = pixels.Slice(Width * Height * 5 / 4, Width * Height / 4);
        var back = night ? 30 : 105;
        for (var i = 0; i < luma.Length; i++) luma[i] = (byte)Math.Clamp(back + _random.Next(-8, 9), 16, 235);
        for (var i = 0; i < cb.Length; i++) (cb[i], cr[i]) = ((byte)(128 + _random.Next(-4, 5)), (byte)(128 + _random.Next(-4, 5)));
        Box(frame, 8, 4, 32, 92, 28, 128, 128);
        if (isDark) return;
        var colour = state switch { 'R' => (Y: 105, U: 95, V: 230), 'Y' => (Y: 170, U: 40, V: 165), _ => (Y: 140, U: 130, V: 30) };
        var centre = state switch { 'R' => 40, 'Y' => 58, _ => 77 };
        Disc(frame, 20, centre, night ? 9 : 7, colour.Y, colour.U, colour.V);
        if (night) Disc(frame, 20, centre, 4, 235, 128, 128);
        // Two digits of the remaining time in the lamp's colour.
        for (var digit = 0; digit < 2; digit++)
        {
            var x = 13 + 8 * digit;
            var value = digit == 0 ? (int)(remaining / 10) % 10 : (int)remaining % 10;
            for (var bar = 0; bar < 3; bar++)
            {
                if (((value >> bar) & 1) == 0 || bar == 1) Box(frame, x, 10 + 6 * bar, x + 6, 12 + 6 * bar, colour.Y, colour.U, colour.V);
            }
        }
    }

    private static void Disc(Frame frame, int cx, int cy, int radius, int y, int u, int v)
    {
        for (var row = cy - radius; row <= cy + radius; row++)
        {
            var half = (int)Math.Sqrt(radius * radius - (row - cy) * (row - cy));
            Box(frame, cx - half, row, cx + half, row + 1, y, u, v);
        }
    }

    private static void Box(Frame frame, int left, int top, int right, int bottom, int y, int u, int v)
    {
        var pixels = frame.Pixels;
        for (var row = Math.Max(0, top); row < Math.Min(Height, bottom); row++)
        {
            for (var x = Math.Max(0, left); x < Math.Min(Width, right); x++)
            {
                pixels[row * Width + x] = (byte)y;
                var c = row / 2 * (Width / 2) + x / 2;
                (pixels[Width * Height + c], pixels[Width * Height * 5 / 4 + c]) = ((byte)u, (byte)v);
            }
        }
    }
}
