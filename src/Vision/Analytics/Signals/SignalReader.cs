using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Analytics.Signals;

/// <summary>
/// Reads traffic lights from the picture: the colour of what shines in the lamps' region, at the place where a lamp of that colour stands.
/// <code>
///   region      red counts in    yellow in     green in
///   0.0 ┌───┐        │                                      a countdown above the lamps shows the lamp's own colour:
///       │ 25│        │               │                      red there does not disturb, green there is not looked at
///   0.5 │ ● │        │               │             │
///       │ ○ │        │               │             │
///   1.0 │ ○ │                        │             │
///       └───┘
/// </code>
/// Lamps outshine what passes behind them: only samples at least half as strong as the strongest of the last minutes count.
/// At night the lamp's core burns out to white and its rim keeps the colour, which is enough. A frame costs some hundred samples a light;
/// nothing is allocated. One thread.
/// </summary>
public sealed class SignalReader
{
    /// <summary>Chroma of anything that shines, levels of 8 bits from grey.</summary>
    private const int LeastChroma = 34;

    /// <summary>Luma of anything that shines, limited range.</summary>
    private const int LeastLuma = 55;

    /// <summary>A colour needs this many times the next one's weight.</summary>
    private const float Clear = 1.6f;

    private readonly Lamp[] _lamps;
    private readonly SignalBoard _board;

    /// <param name="signals">Those with a region are read; the others are somebody else's.</param>
    /// <param name="board">Where states are told; it must know the signals.</param>
    public SignalReader(IReadOnlyList<SignalModel> signals, SignalBoard board)
    {
        _board = board;
        _lamps = [.. signals.Where(signal => signal.Region is not null).Select(signal => new Lamp(signal, board))];
    }

    /// <summary>How many lights are read from the picture.</summary>
    public int Count => _lamps.Length;

    /// <summary>Looks at the lamps of one frame. Cheap: call it for every frame, those that the motion gate holds back included.</summary>
    public void Read(Frame frame)
    {
        _board.Advance(frame.Time);
        if (_lamps.Length == 0) return;
        var view = I420View.Of(frame);
        for (var i = 0; i < _lamps.Length; i++) _lamps[i].Read(view, frame.Time);
    }

    /// <summary>What the last frame alone showed, before hysteresis; for figures and pictures.</summary>
    public LightState Shown(int index) => _lamps[index].Shown;

    private sealed class Lamp
    {
        private readonly SignalModel _model;
        private readonly SignalTimeline _timeline;
        private LampHysteresis _hysteresis;
        private float _strongest = LeastChroma;
        private TimeSpan _last;

        public Lamp(SignalModel model, SignalBoard board)
        {
            _model = model;
            _timeline = board.Find(model.Id) ?? throw new ArgumentException($"The board has no signal \"{model.Id}\".", nameof(board));
        }

        public LightState Shown { get; private set; }

        public void Read(in I420View view, FrameTime now)
        {
            // After a gap without frames nobody knows what the light did meanwhile: it is read anew.
            if (now.Elapsed - _last > _model.MaxAge) _hysteresis = default;

            // 1. What shines, by colour.
            Shown = Look(view, now);

            // 2. What of that is a change.
            _hysteresis.See(Shown, now);
            _timeline.Tell(_hysteresis.State, _hysteresis.State == LightState.Unknown && _hysteresis.Since == default ? now : _hysteresis.Since, now);
        }

        private unsafe LightState Look(in I420View view, FrameTime now)
        {
            var region = _model.Region!.Value;
            var (left, top) = (Math.Clamp((int)region.X / 2, 0, (view.Width - 1) / 2), Math.Clamp((int)region.Y / 2, 0, (view.Height - 1) / 2));
            var (right, bottom) = (Math.Clamp((int)MathF.Ceiling(region.Right / 2), left + 1, (view.Width + 1) / 2), Math.Clamp((int)MathF.Ceiling(region.Bottom / 2), top + 1, (view.Height + 1) / 2));
            // The memory of the strongest lamp fades by half in ten minutes, so that dusk and dawn change it.
            var passed = (float)Math.Clamp((now.Elapsed - _last).TotalSeconds, 0, 60);
            _last = now.Elapsed;
            _strongest = MathF.Max(LeastChroma, _strongest * (1 - passed * 0.00115f));
            var least = MathF.Max(LeastChroma, _strongest / 2);
            var (red, yellow, green, strongest) = (0f, 0f, 0f, 0f);
            var (columns, rows) = (right - left, bottom - top);
            for (var y = 0; y < rows; y++)
            {
                var luma = view.LumaRow(Math.Min(2 * (top + y), view.Height - 1));
                var cbRow = view.CbRow(2 * (top + y));
                var crRow = view.CrRow(2 * (top + y));
                for (var x = 0; x < columns; x++)
                {
                    var (u, v) = (cbRow[left + x] - 128, crRow[left + x] - 128);
                    var square = u * u + v * v;
                    if (square < least * least || luma[Math.Min(2 * (left + x), view.Width - 1)] < LeastLuma) continue;
                    var place = _model.Layout switch
                    {
                        LampLayout.Vertical => (y + 0.5f) / rows,
                        LampLayout.Horizontal => (x + 0.5f) / columns,
                        _ => 1 - (x + 0.5f) / columns,
                    };
                    // Directions in the chroma plane: red lamps lie at 75° to 127°, amber to 195°, green and blue-green lamps to 300°.
                    if (v > 0 && v >= -1.33f * u)
                    {
                        if (v < 0.27f * u || place >= 0.7f) continue; // magenta and blue are no lamps
                        red += square;
                    }
                    else if (u < 0 && v >= 0.27f * u)
                    {
                        if (place is < 0.2f or > 0.85f) continue;
                        yellow += square;
                    }
                    else
                    {
                        if (v >= 0 || u > -0.58f * v || place < 0.45f) continue;
                        green += square;
                    }

                    strongest = MathF.Max(strongest, square);
                }
            }

            // A lamp fills a hundredth of its region or more; three samples at least.
            var enough = MathF.Max(3, 0.01f * columns * rows) * least * least;
            var state = Winner(red, yellow, green, enough);
            if (state != LightState.Unknown) _strongest = MathF.Max(_strongest, MathF.Sqrt(strongest));
            return state;
        }

        private static LightState Winner(float red, float yellow, float green, float enough)
        {
            var most = MathF.Max(red, MathF.Max(yellow, green));
            if (most < enough) return LightState.Unknown;
            if (most == red) return red > Clear * MathF.Max(yellow, green) ? LightState.Red : LightState.Unknown;
            if (most == green) return green > Clear * MathF.Max(red, yellow) ? LightState.Green : LightState.Unknown;
            return yellow > Clear * MathF.Max(red, green) ? LightState.Yellow : LightState.Unknown;
        }
    }
}
