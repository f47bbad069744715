using EdgeGateway.Testing;
using EdgeGateway.Vision.Analytics.Signals;
using EdgeGateway.Vision.Capture;
using EdgeGateway.Vision.Frames;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeGateway.Vision.Tests.Analytics.Signals;

/// <summary>Lamps painted into a frame of 64×128; the region is 24 by 96 px around three lamps of 16 px.</summary>
public sealed class SignalReaderTests
{
    private const int Width = 64;
    private const int Height = 128;
    private static readonly BoxPx Region = new(20, 16, 24, 96);
    private static readonly (byte Y, byte U, byte V) Red = (105, 95, 230);
    private static readonly (byte Y, byte U, byte V) Amber = (170, 40, 165);
    private static readonly (byte Y, byte U, byte V) Green = (140, 130, 30);

    [Theory]
    [InlineData(LightState.Red)]
    [InlineData(LightState.Yellow)]
    [InlineData(LightState.Green)]
    public void The_lit_lamp_is_the_state_by_day_and_by_night(LightState state)
    {
        Assert.Equal(state, new Lights().Show(state, 8).State);
        Assert.Equal(state, new Lights { IsNight = true }.Show(state, 8).State);
    }

    [Theory]
    [InlineData(LampLayout.Horizontal)]
    [InlineData(LampLayout.HorizontalRedRight)]
    public void Lamps_may_stand_side_by_side(LampLayout layout)
    {
        foreach (var state in new[] { LightState.Red, LightState.Yellow, LightState.Green })
            Assert.Equal(state, new Lights { Layout = layout }.Show(state, 8).State);
    }

    [Fact]
    public void Nothing_lit_is_unknown_and_so_are_colours_at_the_wrong_place()
    {
        Assert.Equal(LightState.Unknown, new Lights().Show(LightState.Unknown, 20).State);
        Assert.Equal(LightState.Unknown, new Lights { IsUpsideDown = true }.Show(LightState.Red, 20).State);
        Assert.Equal(LightState.Unknown, new Lights { IsUpsideDown = true }.Show(LightState.Green, 20).State);
    }

    [Fact]
    public void Two_lamps_at_once_are_unknown()
    {
        var lights = new Lights();
        for (var i = 0; i < 20; i++) lights.Paint(frame =>
        {
            lights.Lamp(frame, LightState.Red);
            lights.Lamp(frame, LightState.Green);
        });
        Assert.Equal(LightState.Unknown, lights.State);
    }

    [Fact]
    public void A_dark_frame_between_lit_ones_changes_nothing_and_a_dead_lamp_is_unknown()
    {
        var lights = new Lights().Show(LightState.Red, 8);
        for (var i = 0; i < 30; i++)
        {
            lights.Show(LightState.Unknown, 2);
            Assert.Equal(LightState.Red, lights.State);
            lights.Show(LightState.Red, 1);
        }

        Assert.Equal(LightState.Unknown, lights.Show(LightState.Unknown, 14).State);
    }

    /// <summary>
    /// An LED lamp shines in the half waves of the mains (100 Hz) or in one of two (50 Hz), and a short exposure falls into the dark between
    /// them, in a beat with the frame rate. Mains of 49.9 to 50.1 Hz, exposures of 0.5 to 4 ms.
    /// </summary>
    [Theory]
    [InlineData(5, 50)]
    [InlineData(5, 100)]
    [InlineData(8, 50)]
    [InlineData(8, 100)]
    [InlineData(12, 50)]
    [InlineData(12, 100)]
    public void A_flickering_lamp_keeps_its_state_and_what_nobody_can_see_is_unknown_and_never_another_colour(int framesPerSecond, int flickerHz)
    {
        var (right, unknown, longestHeldGap) = (0, 0, 0.0);
        foreach (var mains in new[] { 49.9, 50.0, 50.03 })
        {
            foreach (var exposure in new[] { 0.0005, 0.001, 0.002, 0.004 })
            {
                foreach (var phase in new[] { 0.0, 0.31 })
                {
                    var lights = new Lights { FramesPerSecond = framesPerSecond };
                    var change = 20 * framesPerSecond;
                    var before = LightState.Unknown;
                    var lastLit = TimeSpan.Zero;
                    for (var i = 0; i < 2 * change; i++)
                    {
                        var truth = i < change ? LightState.Red : LightState.Green;
                        var now = lights.Now;
                        var isLit = Shines(now.TotalSeconds + phase / mains, mains, flickerHz, exposure);
                        lights.Show(isLit ? truth : LightState.Unknown, 1);
                        var shown = lights.State;
                        // 1. Never a colour that the lamp does not have, but for the time that a change takes to be believed.
                        if (i < change) Assert.True(shown is LightState.Red or LightState.Unknown, $"{shown} at {now}");
                        // 2. Dark for less than a second is no change of a state that was known.
                        if (isLit) lastLit = now;
                        else if (shown == truth) longestHeldGap = Math.Max(longestHeldGap, (now - lastLit).TotalSeconds);
                        if (before == truth && now - lastLit <= TimeSpan.FromSeconds(1)) Assert.Equal(truth, shown);
                        before = shown;
                        if (shown == truth) right++;
                        else if (shown == LightState.Unknown) unknown++;
                    }

                    // 3. Red is not said to have held over the change, however dark it was.
                    Assert.False(lights.Timeline.Held(LightState.Red, TimeSpan.FromSeconds(18), lights.Now - TimeSpan.FromSeconds(1)));
                }
            }
        }

        TestContext.Current.SendDiagnosticMessage($"{framesPerSecond} fps, {flickerHz} Hz: right {right}, unknown {unknown}, held over at most {longestHeldGap:0.00} s of dark");
        Assert.True(longestHeldGap <= 1.0 + 1e-6, $"held over {longestHeldGap} s");
    }

    /// <summary>True when the exposure that begins at a time gathers a tenth of the light of a full wave's brightest part.</summary>
    private static bool Shines(double t, double mains, int flickerHz, double exposure)
    {
        var light = 0.0;
        for (var k = 0; k < 16; k++)
        {
            var wave = Math.Sin(2 * Math.PI * mains * (t + exposure * k / 16));
            // An LED is dark below its forward voltage, about half of the peak.
            light += Math.Max(0, (flickerHz == 100 ? Math.Abs(wave) : wave) - 0.5) / 16;
        }

        return light > 0.05;
    }

    [Fact]
    public void One_frame_of_another_colour_changes_nothing_and_a_change_is_dated_to_its_first_frame()
    {
        var lights = new Lights().Show(LightState.Red, 8);
        lights.Show(LightState.Green, 1).Show(LightState.Red, 4);
        Assert.Equal(LightState.Red, lights.State);
        var changed = lights.Now;
        lights.Show(LightState.Green, 6);
        Assert.Equal(LightState.Green, lights.State);
        Assert.Equal(LightState.Red, lights.Timeline.At(changed - TimeSpan.FromMilliseconds(10)));
        Assert.Equal(LightState.Green, lights.Timeline.At(changed));
        Assert.Equal(changed, lights.Timeline.SinceAt(changed));
        Assert.False(lights.Timeline.Held(LightState.Red, TimeSpan.FromSeconds(1), changed));
        Assert.True(lights.Timeline.Held(LightState.Green, changed, lights.Now - TimeSpan.FromSeconds(0.1)));
    }

    [Fact]
    public void What_passes_behind_the_lamps_is_no_lamp()
    {
        var lights = new Lights().Show(LightState.Green, 8);
        // A red car, large and less brilliant than a lamp, fills the upper half of the region for two seconds.
        for (var i = 0; i < 16; i++) lights.Paint(frame =>
        {
            lights.Fill(frame, 20, 16, 44, 64, (90, 120, 168));
            lights.Lamp(frame, LightState.Green);
        });
        Assert.Equal(LightState.Green, lights.State);
    }

    [Fact]
    public void A_countdown_above_the_lamps_in_their_region_does_not_disturb()
    {
        var lights = new Lights();
        for (var i = 0; i < 8; i++) lights.Paint(frame =>
        {
            lights.Fill(frame, 24, 16, 40, 26, Green);
            lights.Lamp(frame, LightState.Green);
        });
        Assert.Equal(LightState.Green, lights.State);
        for (var i = 0; i < 8; i++) lights.Paint(frame =>
        {
            lights.Fill(frame, 24, 16, 40, 26, Red);
            lights.Lamp(frame, LightState.Red);
        });
        Assert.Equal(LightState.Red, lights.State);
    }

    [Fact]
    public void A_state_of_no_length_is_no_span_and_unknown_before_unknown_is_one()
    {
        var board = new SignalBoard([new SignalModel("den-1") { MaxAge = TimeSpan.FromMinutes(1) }]);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        FrameTime At(double seconds) => new(TimeSpan.FromSeconds(seconds), start + TimeSpan.FromSeconds(seconds));
        foreach (var (state, since) in new[] { (LightState.Unknown, 0.0), (LightState.Red, 0.0), (LightState.Green, 5.0) }) board.Find("den-1")!.Tell(state, At(since), At(since));
        Assert.Equal([(LightState.Unknown, -2.0, 0.0), (LightState.Red, 0.0, 4.0)], Spans(At(-2), At(4)));

        var dark = new SignalBoard([new SignalModel("den-1") { MaxAge = TimeSpan.FromMinutes(1) }]).Find("den-1")!;
        dark.Tell(LightState.Unknown, At(0), At(0));
        dark.Tell(LightState.Red, At(1), At(1));
        Assert.Equal([(LightState.Unknown, -2.0, 1.0), (LightState.Red, 1.0, 3.0)], dark.Spans(At(-2), At(3)).Select(Of));

        IEnumerable<(LightState, double, double)> Spans(FrameTime from, FrameTime to) => board.Find("den-1")!.Spans(from, to).Select(Of);

        static (LightState, double, double) Of(SignalSpan span) => (span.State, span.From.Elapsed.TotalSeconds, span.To.Elapsed.TotalSeconds);
    }

    [Fact]
    public void A_state_that_nobody_confirms_grows_old()
    {
        var board = new SignalBoard([new SignalModel("den-1") { MaxAge = TimeSpan.FromSeconds(5) }]);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        FrameTime At(double seconds) => new(TimeSpan.FromSeconds(seconds), start + TimeSpan.FromSeconds(seconds));
        Assert.False(board.Tell("den-1", LightState.Red, start)); // no frame yet: its clock is not known
        board.Advance(At(10));
        Assert.False(board.Tell("den-9", LightState.Red, start));
        Assert.True(board.Tell("den-1", LightState.Red, At(8).Utc));
        var light = board.Find("den-1")!;
        Assert.Equal(LightState.Unknown, light.At(TimeSpan.FromSeconds(7.9)));
        Assert.Equal(LightState.Red, light.At(TimeSpan.FromSeconds(8)));
        Assert.Equal(LightState.Red, light.At(TimeSpan.FromSeconds(15)));
        Assert.Equal(LightState.Unknown, light.At(TimeSpan.FromSeconds(15.1)));
        board.Advance(At(30));
        board.Tell("den-1", LightState.Red, At(30).Utc);
        Assert.Equal(LightState.Unknown, light.At(TimeSpan.FromSeconds(20)));
        Assert.Equal([LightState.Unknown, LightState.Red, LightState.Unknown, LightState.Red], light.Spans(At(5), At(31)).Select(span => span.State));
        Assert.All(light.Spans(At(5), At(31)), span => Assert.True(span.From.Elapsed < span.To.Elapsed && span.To.Utc - span.From.Utc == span.To.Elapsed - span.From.Elapsed));
    }

    [Fact]
    public void A_controller_whose_clock_is_slow_turns_no_yellow_into_red()
    {
        var board = new SignalBoard([new SignalModel("den-1") { MaxAge = TimeSpan.FromMinutes(1) }]);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        FrameTime At(double seconds) => new(TimeSpan.FromSeconds(seconds), start + TimeSpan.FromSeconds(seconds));
        foreach (var (state, second) in new[] { (LightState.Yellow, 30.0), (LightState.Red, 33.0), (LightState.Green, 60.0) })
        {
            board.Advance(At(second));
            Assert.True(board.Tell("den-1", state, At(second - 3).Utc)); // three seconds slow
        }

        var light = board.Find("den-1")!;
        Assert.Equal(LightState.Yellow, light.At(TimeSpan.FromSeconds(32.4)));
        Assert.Equal(LightState.Red, light.At(TimeSpan.FromSeconds(32.5)));
        Assert.Equal(LightState.Green, light.At(TimeSpan.FromSeconds(57))); // green is believed as it was told: nobody is accused for it
    }

    [Fact]
    public void What_the_light_did_while_no_frame_came_is_unknown()
    {
        var lights = new Lights().Show(LightState.Red, 16);
        var before = lights.Now;
        lights.Skip(80).Show(LightState.Red, 8);
        Assert.Equal(LightState.Red, lights.State);
        Assert.Equal(LightState.Unknown, lights.Timeline.At(before + TimeSpan.FromSeconds(5)));
        Assert.False(lights.Timeline.Held(LightState.Red, before, lights.Now));
    }

    [Fact]
    public void A_timeline_remembers_the_last_changes_only()
    {
        var lights = new Lights();
        for (var i = 0; i < 100; i++) lights.Show(i % 2 == 0 ? LightState.Red : LightState.Green, 4);
        Assert.Equal(LightState.Unknown, lights.Timeline.At(TimeSpan.FromSeconds(2)));
        Assert.NotEqual(LightState.Unknown, lights.Timeline.At(lights.Now - TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        var lights = new Lights().Show(LightState.Red, 20).Show(LightState.Green, 20);
        lights.Measured = 0;
        lights.Show(LightState.Green, 200).Show(LightState.Red, 200);
        Assert.Equal(0, lights.Measured);
    }

    [Fact]
    public async Task The_light_of_the_hanoi_clip_is_right_in_99_of_100_frames()
    {
        var clip = SharedData.TryPath("videos", "hanoi_junction_light.mp4");
        Assert.SkipWhen(clip is null, "shared/data/videos/hanoi_junction_light.mp4 is not beside this checkout.");
        SignalModel[] signals = [new("den-1") { Region = new BoxPx(545, 150, 20, 85) }];
        var board = new SignalBoard(signals);
        var reader = new SignalReader(signals, board);
        var times = new List<TimeSpan>();
        using (var stream = new CameraStream(new CaptureOptions { CameraId = "hanoi", Url = SecretUrl.Parse(clip), RealTime = false, AnalyseFps = 0 }, TimeProvider.System, NullLogger.Instance))
        {
            stream.Start();
            await Task.Run(() =>
            {
                while (stream.Take(TestContext.Current.CancellationToken) is { } frame)
                {
                    using (frame)
                    {
                        reader.Read(frame);
                        times.Add(frame.Time.Elapsed);
                    }
                }
            }, TestContext.Current.CancellationToken);
        }

        Assert.True(times.Count > 300);
        var light = board.Find("den-1")!;
        // The truth leaves 42.3 to 42.5 s open.
        var judged = times.Where(t => t.TotalSeconds is <= 42.3 or >= 42.5).ToList();
        var right = judged.Count(t => light.At(t) == (t.TotalSeconds < 42.4 ? LightState.Red : LightState.Green));
        var unknown = judged.Count(t => light.At(t) == LightState.Unknown);
        TestContext.Current.SendDiagnosticMessage($"{right} of {judged.Count} frames right, {unknown} unknown");
        Assert.True(right >= 0.99 * judged.Count, $"{right} of {judged.Count} frames right, {unknown} unknown");
    }

    private sealed class Lights
    {
        private readonly FramePool _pool = new(Width, Height, 1);
        private readonly Random _random = new(7);
        private SignalBoard? _board;
        private SignalReader? _reader;
        private int _frame;

        public bool IsNight { get; init; }

        public bool IsUpsideDown { get; init; }

        public LampLayout Layout { get; init; }

        public long Measured { get; set; }

        public int FramesPerSecond { get; init; } = 8;

        public TimeSpan Now => TimeSpan.FromSeconds(_frame / (double)FramesPerSecond);

        public SignalTimeline Timeline => _board!.Find("den-1")!;

        public LightState State => Timeline.Last;

        public Lights Show(LightState state, int frames)
        {
            for (var i = 0; i < frames; i++) Paint(frame => Lamp(frame, state));
            return this;
        }

        public Lights Skip(int frames)
        {
            _frame += frames;
            return this;
        }

        public void Paint(Action<Frame> what)
        {
            if (_reader is null)
            {
                var region = Layout == LampLayout.Vertical ? Region : new BoxPx(0, 50, 64, 24);
                SignalModel[] signals = [new("den-1") { Region = region, Layout = Layout }];
                _board = new SignalBoard(signals);
                _reader = new SignalReader(signals, _board);
            }

            using var frame = _pool.TryRent()!;
            frame.Time = new FrameTime(Now, DateTimeOffset.UnixEpoch + Now);
            _frame++;
            var pixels = frame.Pixels;
            for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)((i < Width * Height ? IsNight ? 30 : 110 : 128) + _random.Next(-5, 6));
            Fill(frame, 20, 16, 44, 112, (28, 128, 128));
            what(frame);
            var before = GC.GetAllocatedBytesForCurrentThread();
            _reader.Read(frame);
            Measured += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        public void Lamp(Frame frame, LightState state)
        {
            if (state == LightState.Unknown) return;
            var place = state switch { LightState.Red => 0, LightState.Yellow => 1, _ => 2 };
            if (IsUpsideDown || Layout == LampLayout.HorizontalRedRight) place = 2 - place;
            var (x, y) = Layout == LampLayout.Vertical ? (32, 40 + 26 * place) : (12 + 20 * place, 62);
            var colour = state switch { LightState.Red => Red, LightState.Yellow => Amber, _ => Green };
            Fill(frame, x - 8, y - 8, x + 8, y + 8, colour);
            if (IsNight) Fill(frame, x - 4, y - 4, x + 4, y + 4, (235, 128, 128));
        }

        public void Fill(Frame frame, int left, int top, int right, int bottom, (byte Y, byte U, byte V) colour)
        {
            var pixels = frame.Pixels;
            for (var y = top; y < bottom; y++)
            {
                for (var x = left; x < right; x++)
                {
                    pixels[y * Width + x] = colour.Y;
                    var c = Width * Height + y / 2 * (Width / 2) + x / 2;
                    (pixels[c], pixels[c + Width * Height / 4]) = (colour.U, colour.V);
                }
            }
        }
    }
}
