using System.Runtime.CompilerServices;
using EdgeGateway.Vision.Frames;
using EdgeGateway.Vision.Inference;
using EdgeGateway.Vision.Preprocess;

namespace EdgeGateway.Vision.Tracking;

/// <summary>
/// How an object looks, in 24 numbers: the mean luma and chroma of eight parts of its box (four rows of two), without
/// the margin where background is. Enough to tell the rider in red from the one in white beside him, and cheap: 72 pixels a box.
/// The default is unknown: <c>edgegateway track</c> has no pictures.
/// </summary>
public struct Appearance
{
    private const int Columns = 2;
    private const int Rows = 4;
    private const int Cells = Columns * Rows;
    private const int Samples = 3;

    private Parts _parts;

    /// <summary>True when there is a picture behind it.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Looks at a box in a frame.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="box">In pixels of the frame.</param>
    public static unsafe Appearance Of(Frame frame, in BoxPx box)
    {
        var view = I420View.Of(frame);
        var appearance = new Appearance { IsKnown = true };
        var (left, top) = (box.X + 0.2f * box.Width, box.Y + 0.1f * box.Height);
        var (stepX, stepY) = (0.6f * box.Width / (Columns * Samples), 0.8f * box.Height / (Rows * Samples));
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                var (luma, cb, cr) = (0, 0, 0);
                for (var i = 0; i < Samples; i++)
                {
                    var y = Math.Clamp((int)(top + (row * Samples + i + 0.5f) * stepY), 0, view.Height - 1);
                    for (var j = 0; j < Samples; j++)
                    {
                        var x = Math.Clamp((int)(left + (column * Samples + j + 0.5f) * stepX), 0, view.Width - 1);
                        luma += view.LumaRow(y)[x];
                        cb += view.CbRow(y)[x >> 1];
                        cr += view.CrRow(y)[x >> 1];
                    }
                }

                var cell = 3 * (row * Columns + column);
                appearance._parts[cell] = luma / (float)(Samples * Samples);
                appearance._parts[cell + 1] = cb / (float)(Samples * Samples);
                appearance._parts[cell + 2] = cr / (float)(Samples * Samples);
            }
        }

        return appearance;
    }

    /// <summary>Moves towards another look by a share of the way.</summary>
    public void Follow(in Appearance other, float share)
    {
        if (!other.IsKnown) return;
        if (!IsKnown)
        {
            this = other;
            return;
        }

        for (var i = 0; i < 3 * Cells; i++) _parts[i] += share * (other._parts[i] - _parts[i]);
    }

    /// <summary>How unlike two looks are: mean difference of the parts in levels of 255, chroma weighing as much as luma. 0 where one is unknown.</summary>
    public readonly float DistanceTo(in Appearance other)
    {
        if (!IsKnown || !other.IsKnown) return 0;
        var sum = 0f;
        for (var i = 0; i < 3 * Cells; i += 3)
        {
            sum += 0.5f * MathF.Abs(_parts[i] - other._parts[i])
                + MathF.Abs(_parts[i + 1] - other._parts[i + 1]) + MathF.Abs(_parts[i + 2] - other._parts[i + 2]);
        }

        return sum / Cells;
    }

    [InlineArray(3 * Cells)]
    private struct Parts
    {
        private float _first;
    }
}

/// <summary>Memory for the looks of one frame's detections, made once. One camera, one buffer.</summary>
/// <param name="capacity">The most detections of a frame.</param>
public sealed class AppearanceBuffer(int capacity)
{
    private readonly Appearance[] _looks = new Appearance[capacity];

    /// <summary>Looks at each detection of a frame.</summary>
    /// <param name="frame">The frame; held by the caller.</param>
    /// <param name="detections">At most as many as the capacity.</param>
    /// <returns>One look for each, in their order; valid until the next call.</returns>
    public ReadOnlySpan<Appearance> Look(Frame frame, ReadOnlySpan<Detection> detections)
    {
        for (var i = 0; i < detections.Length; i++) _looks[i] = Appearance.Of(frame, detections[i].Box);
        return _looks.AsSpan(0, detections.Length);
    }
}
