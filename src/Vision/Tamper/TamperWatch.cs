using EdgeGateway.Vision.Frames;
using OpenCvSharp;

namespace EdgeGateway.Vision.Tamper;

/// <summary>What is wrong with a camera's view.</summary>
public enum TamperState
{
    /// <summary>There is no reference yet, and no minute in which the view stayed, to take one; or the reference was not compared with yet.</summary>
    Learning,

    /// <summary>The view is the one of the reference.</summary>
    Clear,

    /// <summary>The lens is covered, painted over, or blinded.</summary>
    Covered,

    /// <summary>The camera looks elsewhere: lines and zones are no longer where they were drawn.</summary>
    Moved,

    /// <summary>Out of focus, or a film on the lens.</summary>
    Blurred,
}

/// <summary>A change of what is known of a camera's view.</summary>
/// <param name="State">What it is now.</param>
/// <param name="Before">What it was.</param>
/// <param name="At">When it was decided.</param>
/// <param name="ReasonVi">What was seen and what to do, in Vietnamese.</param>
/// <param name="ReasonEn">The same in English.</param>
/// <param name="NewReference">A reference that was taken now, to be kept; null otherwise.</param>
public sealed record TamperChange(TamperState State, TamperState Before, FrameTime At, string ReasonVi, string ReasonEn, TamperReference? NewReference = null);

/// <summary>
/// Notices within a minute that a camera was covered, moved or blurred, and not that night fell, that a bus stands before it or
/// that headlights shine into it. Every three seconds a frame is compared with the reference and with the view of the last
/// minutes, both as edge maps. A suspicion must last: 15 s when parts of the view have lost their detail, 12 s when the edges
/// lie elsewhere, 20 s when only fine detail is gone, 42 s when nothing is where it was. What changes slowly is followed.
/// Called on the camera's thread with the frame in hand; between two checks it costs a comparison and allocates nothing.
/// Where the picture is all dark or all even, nothing can be known, and nothing is claimed.
/// </summary>
public sealed class TamperWatch : IDisposable
{
    /// <summary>Time between checks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    // Measured on four clips: untouched frames are like the view of the last minutes by 0.75 to 1.1 of what is usual, frames
    // shifted by 2 % or turned by 3 degrees by 0.60 to 0.78; laid over rightly they are as like as untouched ones.
    private const double DoubtfulShare = 0.8;
    private const double UnlikeShare = 0.35;
    private const double UnlikeView = 0.2;
    private const double NeverTheSame = 0.3;
    private const double AlignedView = 0.3;
    private const double ClearlyBetter = 0.08;
    // One frame of long ago is a weaker witness: busy scenes differ from it so much that a wrong place fits by 0.29.
    private const double AlignedToReference = 0.42;
    private const int ReferenceEvery = 8;
    private const int WarmingChecks = 10;
    // Means of half a minute; single frames of a crowd are like one another by no more than 0.2.
    private const double CalmView = 0.5;
    // 2 % of the picture is far for a line; wind moves a pole by less than half of this.
    private const double Tolerance = 0.012;
    private const float TexturedDetail = 1.2f;
    private const double LostDetail = 0.3;
    private const double LostShare = 0.6;
    private const double BlurredShare = 0.3;
    // Dusk halves the detail in ten minutes and more; a hand in a second.
    private static readonly double Follow = 1 - Math.Exp(-Every / TimeSpan.FromSeconds(90));
    private static readonly TimeSpan ClearAgain = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan[] Lasting = [default, default, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(20)];
    private static readonly TimeSpan LastingUnlike = TimeSpan.FromSeconds(42);

    private readonly TimeSpan[] _suspected = new TimeSpan[Lasting.Length];
    private readonly float[] _detail = new float[ViewFeatures.Columns * ViewFeatures.Rows];
    private ViewFeatures? _features;
    private ViewMatch? _match;
    private Mat? _reference;
    private Mat? _recent;
    private Mat? _before;
    private (int Width, int Height) _size;
    private TimeSpan _last = TimeSpan.MinValue;
    private TimeSpan _unlike;
    private double _sharpness;
    private double _usual;
    private int _followed;
    private bool _offRecent;
    private bool _offReference;
    private bool _onReference;
    private bool _byReference;
    private volatile bool _confirmed;

    /// <param name="reference">What was kept at the installation; null: the watch takes one itself after a minute in which the view stays.</param>
    public TamperWatch(TamperReference? reference) => Reference = reference;

    /// <summary>What the view is compared with.</summary>
    public TamperReference? Reference { get; private set; }

    /// <summary>What is known of the view.</summary>
    public TamperState State { get; private set; }

    /// <summary>True while rules must not accuse: the view is not the one that lines were drawn on.</summary>
    public bool IsTampered => State is TamperState.Covered or TamperState.Moved or TamperState.Blurred;

    /// <summary>Checks made.</summary>
    public long Checks { get; private set; }

    /// <summary>The figures of the last check, for an installer who wants to know how near an alarm is.</summary>
    public TamperFigures Figures { get; private set; }

    /// <summary>The present view is right (<c>confirm_camera</c>): the next frame becomes the reference. Any thread.</summary>
    public void Confirm() => _confirmed = true;

    /// <summary>Takes one frame as a reference, for <c>snapshot --reference</c>.</summary>
    public static TamperReference ReferenceOf(Frame frame, DateTimeOffset takenAt)
    {
        using var features = new ViewFeatures(frame.Width, frame.Height);
        features.Measure(frame);
        return ReferenceOf(features.Edges, features.Sharpness, takenAt);
    }

    /// <summary>Looks at a frame when a check is due; null when nothing changed.</summary>
    public TamperChange? Look(Frame frame, FrameTime now)
    {
        if (!_confirmed && _last != TimeSpan.MinValue && now.Elapsed - _last < Every) return null;
        // A pause of the stream is no time of suspicion.
        var step = _last == TimeSpan.MinValue || now.Elapsed - _last > 3 * Every ? Every : now.Elapsed - _last;
        _last = now.Elapsed;
        Checks++;
        if (_size != (frame.Width, frame.Height)) Fit(frame);
        _features!.Measure(frame);
        if (_confirmed)
        {
            _confirmed = false;
            return Take(now, _features.Edges, "Góc nhìn hiện tại đã được xác nhận làm ảnh mốc.", "The present view was confirmed as reference.");
        }

        if (_recent is null) Remember();
        return _reference is null ? Learn(now) : Judge(now, step);
    }

    public void Dispose()
    {
        _features?.Dispose();
        _match?.Dispose();
        _reference?.Dispose();
        _recent?.Dispose();
        _before?.Dispose();
    }

    private static TamperReference ReferenceOf(Mat edges, double sharpness, DateTimeOffset takenAt)
    {
        using var bytes = new Mat();
        edges.ConvertTo(bytes, MatType.CV_8UC1, 255);
        bytes.GetArray(out byte[] map);
        return new TamperReference(edges.Width, edges.Height, map, sharpness, takenAt);
    }

    private void Fit(Frame frame)
    {
        _size = (frame.Width, frame.Height);
        Dispose();
        (_reference, _recent, _before) = (null, null, null);
        _features = new ViewFeatures(frame.Width, frame.Height);
        _match = new ViewMatch(_features.Edges.Size());
        if (Reference is not { } kept) return;
        // A reference of another size shows the same view, unless the shape differs too: then it is compared as far as it goes.
        using var bytes = Mat.FromPixelData(kept.Height, kept.Width, MatType.CV_8UC1, kept.Edges);
        using var edges = new Mat();
        bytes.ConvertTo(edges, MatType.CV_32FC1, 1 / 255.0);
        _reference = new Mat();
        Cv2.Resize(edges, _reference, _features.Edges.Size(), 0, 0, InterpolationFlags.Area);
        _sharpness = kept.Sharpness;
    }

    private void Remember()
    {
        _recent = _features!.Edges.Clone();
        _features.Detail.CopyTo(_detail, 0);
        (_usual, _followed, _offRecent, _offReference) = (0, 0, false, false);
        if (Reference is null) _sharpness = _features.Sharpness;
    }

    // A view that stays: the mean of half a minute is like the mean of the half minute before, whatever walks through it.
    private TamperChange? Learn(FrameTime now)
    {
        var likeness = _match!.Likeness(_features!.Edges, _recent!);
        Figures = new TamperFigures(likeness, likeness, 0, 1);
        FollowSlowly(1.0 / (++_followed + 1));
        if (_followed < WarmingChecks) return null;
        var stays = _before is not null && _detail.Count(d => d > TexturedDetail) >= 4 && _match.Likeness(_recent!, _before) >= CalmView;
        if (stays) return Take(now, _recent!, "Chưa có ảnh mốc: đã tự lấy sau một phút khung hình đứng yên.", "There was no reference: one was taken after a minute in which the view stayed.");
        _before?.Dispose();
        _before = _recent;
        Remember();
        return null;
    }

    private TamperChange Take(FrameTime now, Mat edges, string vi, string en)
    {
        var before = State;
        Reference = ReferenceOf(edges, _features!.Sharpness, now.Utc);
        _reference?.Dispose();
        _reference = edges.Clone();
        _recent?.Dispose();
        _recent = _features.Edges.Clone();
        _features.Detail.CopyTo(_detail, 0);
        _sharpness = _features.Sharpness;
        (_usual, _followed, _offRecent, _offReference, _byReference) = (0, 0, false, false, false);
        Array.Clear(_suspected);
        _unlike = default;
        State = TamperState.Clear;
        return new TamperChange(TamperState.Clear, before, now, vi, en, Reference);
    }

    private TamperChange? Judge(FrameTime now, TimeSpan step)
    {
        var suspicion = Suspect(out var unlike, out var doubtful);
        for (var i = 0; i < _suspected.Length; i++)
        {
            var kind = (TamperState)i;
            _suspected[i] = kind == suspicion ? Least(_suspected[i] + step, TimeSpan.FromSeconds(60)) : kind == TamperState.Clear ? default : Most(_suspected[i] - 2 * step, default);
        }

        // Two kinds of doubt about one thing: a view that now seems moved and now unlike is moved.
        _unlike = unlike || suspicion == TamperState.Moved ? _unlike + step : Most(_unlike - 2 * step, default);
        // A change that nothing explains (a lorry that parked) is learnt too, only more slowly.
        if (suspicion == TamperState.Clear && !unlike && !IsTampered) FollowSlowly(++_followed <= WarmingChecks ? 1.0 / (_followed + 1) : doubtful ? Follow / 4 : Follow);
        var state = State;
        if (_unlike >= LastingUnlike) state = TamperState.Moved;
        if (suspicion > TamperState.Clear && _suspected[(int)suspicion] >= Lasting[(int)suspicion]) state = suspicion;
        // That no shift was found is no sign that there is none: the view must be found where it was.
        if (IsTampered && suspicion == TamperState.Clear && !unlike && _suspected[(int)TamperState.Clear] >= ClearAgain && (_onReference || (!_byReference && !doubtful))) state = TamperState.Clear;
        if (State == TamperState.Learning && suspicion == TamperState.Clear)
        {
            // At a start the reference is the only witness: found in place, or nowhere else for a while.
            if (_onReference || _suspected[(int)TamperState.Clear] >= ClearAgain) State = TamperState.Clear;
            return null;
        }

        if (state == State) return null;
        var before = State;
        State = state;
        _byReference = state == TamperState.Moved && _offReference && !_offRecent && !doubtful;
        var (vi, en) = Words(state);
        return new TamperChange(state, before, now, vi, en);
    }

    private TamperState Suspect(out bool unlike, out bool doubtful)
    {
        var (features, match) = (_features!, _match!);
        var toReference = match.Likeness(features.Edges, _reference!);
        var toRecent = match.Likeness(features.Edges, _recent!);
        var (textured, lost) = Lost(features.Detail);
        var sharpness = _sharpness > 0 ? features.Sharpness / _sharpness : 1;
        Figures = new TamperFigures(toReference, toRecent, textured == 0 ? 0 : (double)lost / textured, sharpness);
        // Half a minute makes a mean view out of single frames; until then only cover, blur and the reference speak.
        var warming = _followed < WarmingChecks;
        (unlike, doubtful) = (false, !warming && toRecent < DoubtfulShare * _usual);

        // 1. Most parts that had detail have none: something is before the lens. Too little detail at all: nothing can be known.
        if (textured < 3) return TamperState.Clear;
        if (lost >= LostShare * textured) return TamperState.Covered;

        // 2. All is where it was but without its fine detail.
        if (sharpness < BlurredShare) return TamperState.Blurred;

        // 3. The edges lie elsewhere, all in the same way. The search costs ten comparisons, so it is made on doubt, and every
        //    24 s without: a small turn raises little doubt, and a camera that sagged or moved while it was off only the reference shows.
        if (Checks % ReferenceEvery == 0 || State == TamperState.Learning)
        {
            _offRecent = !warming && Elsewhere(match.Align(features.Edges, _recent!, double.MaxValue), toRecent, AlignedView);
            (_offReference, _onReference) = (false, toReference >= AlignedToReference + ClearlyBetter);
            if (!_onReference)
            {
                var found = match.Align(features.Edges, _reference!, _byReference ? double.MaxValue : _usual == 0 ? AlignedToReference : 0.9 * _usual);
                _offReference = Elsewhere(found, toReference, AlignedToReference);
                _onReference = found.Likeness >= AlignedToReference && found.MovedShare <= Tolerance;
            }
        }

        if (_offRecent || _offReference) return TamperState.Moved;
        if (doubtful && Elsewhere(match.Align(features.Edges, _recent!, 0.9 * _usual), toRecent, AlignedView)) return TamperState.Moved;

        // 4. Nothing is where it was: another view, or a bus that stands before the lens and will drive on; or no two views are alike.
        unlike = !warming && (toRecent < Math.Max(UnlikeShare * _usual, UnlikeView) || _usual < NeverTheSame);
        if (!unlike && !IsTampered) _usual += (warming ? 1.0 / (_followed + 1) : doubtful ? Follow / 4 : Follow) * (toRecent - _usual);
        return TamperState.Clear;

        static bool Elsewhere(Alignment found, double asItLies, double least) => found.Likeness >= least && found.Likeness >= asItLies + ClearlyBetter && found.MovedShare > Tolerance;
    }

    private (int Textured, int Lost) Lost(float[] detail)
    {
        var (textured, lost) = (0, 0);
        for (var i = 0; i < detail.Length; i++)
        {
            if (_detail[i] < TexturedDetail) continue;
            textured++;
            if (detail[i] < LostDetail * _detail[i]) lost++;
        }

        return (textured, lost);
    }

    private void FollowSlowly(double share)
    {
        Cv2.AddWeighted(_recent!, 1 - share, _features!.Edges, share, 0, _recent!);
        for (var i = 0; i < _detail.Length; i++) _detail[i] += (float)(share * (_features.Detail[i] - _detail[i]));
        _sharpness += share * (_features.Sharpness - _sharpness);
    }

    private static (string Vi, string En) Words(TamperState state) => state switch
    {
        TamperState.Covered => ("Ống kính bị che hoặc bị lóa: phần lớn khung hình mất chi tiết. Kiểm tra tại chỗ; các quy tắc của camera này tạm dừng.", "The lens is covered or blinded: most of the view has lost its detail. Look on the spot; this camera's rules pause."),
        TamperState.Moved => ("Camera đã bị xoay hoặc dịch: vạch và vùng không còn đúng chỗ. Chỉnh lại góc nhìn, hoặc vẽ lại rồi xác nhận (confirm_camera).", "The camera was turned or moved: lines and zones are no longer in place. Turn it back, or draw them anew and confirm (confirm_camera)."),
        TamperState.Blurred => ("Hình bị mờ: sai nét hoặc ống kính bẩn. Lau kính, chỉnh nét.", "The picture is blurred: out of focus, or dirt on the lens. Clean it and focus."),
        _ => ("Khung hình đã trở lại như ảnh mốc.", "The view is again the one of the reference."),
    };

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Most(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

/// <summary>Figures of one check.</summary>
/// <param name="LikeReference">Correlation of the edges with the reference, -1 to 1.</param>
/// <param name="LikeRecent">The same with the view of the last minutes.</param>
/// <param name="LostShare">Share of the parts with detail that have lost it.</param>
/// <param name="Sharpness">Fineness of the detail against what is usual, 1 the same.</param>
public readonly record struct TamperFigures(double LikeReference, double LikeRecent, double LostShare, double Sharpness);
