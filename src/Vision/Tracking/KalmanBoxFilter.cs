namespace EdgeGateway.Vision.Tracking;

/// <summary>
/// A Kalman filter of one coordinate and its speed. With noise that does not couple the coordinates, the usual eight-state box
/// filter falls apart into four of these, exactly; each needs five numbers and no matrix.
/// </summary>
internal struct AxisFilter
{
    /// <summary>Position, pixels.</summary>
    public float X;

    /// <summary>Speed, pixels a second.</summary>
    public float V;

    /// <summary>Variance of the position, of the pair, of the speed.</summary>
    public float Pxx, Pxv, Pvv;

    public static AxisFilter At(float x, float positionVariance, float speedVariance) =>
        new() { X = x, Pxx = positionVariance, Pvv = speedVariance };

    /// <summary>
    /// Moves on by a real step. The speed fades with a time constant (an object that is not seen may have stopped), and white
    /// acceleration of density <paramref name="q"/> (px²/s³) widens the variances with the step: dt³/3, dt²/2, dt.
    /// </summary>
    public void Predict(float dt, float q, float fade)
    {
        var keep = MathF.Exp(-dt / fade);
        var a = fade * (1 - keep);
        X += a * V;
        V *= keep;
        var pxx = Pxx + 2 * a * Pxv + a * a * Pvv + q * dt * dt * dt / 3;
        var pxv = keep * (Pxv + a * Pvv) + q * dt * dt / 2;
        var pvv = keep * keep * Pvv + q * dt;
        Pxx = pxx;
        Pxv = pxv;
        Pvv = pvv;
    }

    /// <summary>Takes in a measurement <paramref name="z"/> of variance <paramref name="r"/>.</summary>
    public void Update(float z, float r)
    {
        var s = Pxx + r;
        var kx = Pxx / s;
        var kv = Pxv / s;
        var innovation = z - X;
        X += kx * innovation;
        V += kv * innovation;
        Pvv -= kv * Pxv;
        Pxv *= 1 - kx;
        Pxx *= 1 - kx;
    }
}

/// <summary>
/// A box and its speed, filtered: centre x, centre y, width, height. All noise is stated in box heights, so that a near and a
/// far person behave alike, and in seconds, so that 6 and 30 frames a second do.
/// </summary>
internal struct KalmanBoxFilter
{
    public AxisFilter CentreX, CentreY, Width, Height;

    public static KalmanBoxFilter At(in BoxPx box, in MotionNoise noise)
    {
        var scale = noise.ScaleOf(box);
        var position = Square(noise.Measurement * scale);
        var size = Square(noise.SizeMeasurement * scale);
        var speed = Square(noise.InitialSpeed * scale);
        var growth = Square(noise.InitialGrowth * scale);
        return new KalmanBoxFilter
        {
            CentreX = AxisFilter.At(box.X + box.Width / 2, position, speed),
            CentreY = AxisFilter.At(box.Y + box.Height / 2, position, speed * noise.VerticalShare),
            Width = AxisFilter.At(box.Width, size, growth),
            Height = AxisFilter.At(box.Height, size, growth),
        };
    }

    public readonly BoxPx Box
    {
        get
        {
            var w = MathF.Max(1, Width.X);
            var h = MathF.Max(1, Height.X);
            return new BoxPx(CentreX.X - w / 2, CentreY.X - h / 2, w, h);
        }
    }

    public void Predict(float dt, in MotionNoise noise)
    {
        var scale = noise.ScaleOf(Box);
        var q = Square(noise.Acceleration * scale);
        var qs = Square(noise.GrowthChange * scale);
        CentreX.Predict(dt, q, noise.SpeedFadeSeconds);
        CentreY.Predict(dt, q * noise.VerticalShare, noise.SpeedFadeSeconds);
        Width.Predict(dt, qs, noise.GrowthFadeSeconds);
        Height.Predict(dt, qs, noise.GrowthFadeSeconds);
    }

    /// <summary>Takes in a detected box; <paramref name="doubt"/> multiplies the measurement's standard deviation (1 = a sure box).</summary>
    public void Update(in BoxPx box, in MotionNoise noise, float doubt)
    {
        var scale = noise.ScaleOf(Box) * doubt;
        var r = Square(noise.Measurement * scale);
        var rs = Square(noise.SizeMeasurement * scale);
        CentreX.Update(box.X + box.Width / 2, r);
        CentreY.Update(box.Y + box.Height / 2, r);
        Width.Update(box.Width, rs);
        Height.Update(box.Height, rs);
    }

    /// <summary>Shifts the place and leaves the speed: the camera moved, not the object.</summary>
    public void Shift(float dx, float dy)
    {
        CentreX.X += dx;
        CentreY.X += dy;
    }

    private static float Square(float value) => value * value;
}

/// <summary>How a kind of object moves and how well it is measured. Lengths are in box heights (see <see cref="ScaleOf"/>), times in seconds.</summary>
/// <param name="InitialSpeed">Standard deviation of the unknown first speed, heights a second.</param>
/// <param name="Acceleration">Change of speed, heights a second per square root of a second.</param>
/// <param name="Measurement">Standard deviation of a sure box's centre, heights.</param>
public readonly record struct MotionNoise(float InitialSpeed, float Acceleration, float Measurement)
{
    /// <summary>Standard deviation of a sure box's width and height, heights.</summary>
    public float SizeMeasurement { get; init; } = 0.045f;

    /// <summary>Standard deviation of the unknown first growth, heights a second.</summary>
    public float InitialGrowth { get; init; } = 0.15f;

    /// <summary>Change of growth, heights a second per square root of a second.</summary>
    public float GrowthChange { get; init; } = 0.15f;

    /// <summary>Vertical against horizontal variance of speed: the ground is seen at an angle.</summary>
    public float VerticalShare { get; init; } = 1f;

    /// <summary>Time in which an unseen object's speed fades to 37 %.</summary>
    public float SpeedFadeSeconds { get; init; } = 3f;

    /// <summary>Time in which growth fades to 37 %.</summary>
    public float GrowthFadeSeconds { get; init; } = 0.5f;

    /// <summary>The length that noise is stated in: the box height, but not less than 0.7 of its width (a car seen from the side).</summary>
    public float ScaleOf(in BoxPx box) => MathF.Max(box.Height, 0.7f * box.Width);
}
