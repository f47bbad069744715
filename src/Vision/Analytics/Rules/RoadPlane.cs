namespace EdgeGateway.Vision.Analytics.Rules;

/// <summary>
/// From the picture to the road: the homography of four measured points (Hartley, Zisserman: Multiple View Geometry, 4.1, solved exactly
/// for four correspondences). Holds for points on that plane only, which wheels are.
/// </summary>
public sealed class RoadPlane
{
    private readonly double[] _h;

    /// <param name="picture">Four points in the picture, in order around.</param>
    /// <param name="metres">The same points on the road.</param>
    /// <exception cref="ArgumentException">Not four points, or three of them on one line.</exception>
    public RoadPlane(IReadOnlyList<PointPx> picture, IReadOnlyList<(double X, double Y)> metres)
    {
        if (picture.Count != 4 || metres.Count != 4) throw new ArgumentException("A plane takes four points in the picture and four in metres.", nameof(picture));
        if (HasThreeOnALine([.. picture.Select(p => ((double)p.X, (double)p.Y))]) || HasThreeOnALine(metres))
            throw new ArgumentException("Three of the four points lie on one line, so they span no plane.", nameof(picture));
        // Numbers near 1 keep the equations well conditioned.
        var scale = picture.Max(p => Math.Max(Math.Abs(p.X), Math.Abs(p.Y)));
        var a = new double[8, 9];
        for (var i = 0; i < 4; i++)
        {
            var (x, y) = (picture[i].X / scale, picture[i].Y / scale);
            var (u, v) = metres[i];
            double[] first = [x, y, 1, 0, 0, 0, -u * x, -u * y, u];
            double[] second = [0, 0, 0, x, y, 1, -v * x, -v * y, v];
            for (var k = 0; k < 9; k++) (a[2 * i, k], a[2 * i + 1, k]) = (first[k], second[k]);
        }

        _h = Solve(a) ?? throw new ArgumentException("Three of the four points lie on one line, so they span no plane.", nameof(picture));
        for (var k = 0; k < 8; k++)
        {
            if (k % 3 != 2) _h[k] /= scale;
        }

        Corners = [.. picture];
    }

    /// <summary>The four points in the picture.</summary>
    public IReadOnlyList<PointPx> Corners { get; }

    /// <summary>Where on the road a point of the picture is, metres.</summary>
    public (double X, double Y) ToMetres(PointPx p)
    {
        var w = _h[6] * p.X + _h[7] * p.Y + 1;
        return ((_h[0] * p.X + _h[1] * p.Y + _h[2]) / w, (_h[3] * p.X + _h[4] * p.Y + _h[5]) / w);
    }

    /// <summary>Metres on the road that one pixel up or down means at a point.</summary>
    public double MetresPerPixel(PointPx p)
    {
        var (a, b) = (ToMetres(p with { Y = p.Y - 0.5f }), ToMetres(p with { Y = p.Y + 0.5f }));
        return Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y));
    }

    /// <summary>True when a triangle of three of the points is a thousandth of their extent or less.</summary>
    private static bool HasThreeOnALine(IReadOnlyList<(double X, double Y)> points)
    {
        var width = points.Max(p => p.X) - points.Min(p => p.X);
        var height = points.Max(p => p.Y) - points.Min(p => p.Y);
        for (var left = 0; left < 4; left++)
        {
            var (a, b, c) = (points[(left + 1) % 4], points[(left + 2) % 4], points[(left + 3) % 4]);
            if (Math.Abs((b.X - a.X) * (c.Y - a.Y) - (b.Y - a.Y) * (c.X - a.X)) <= 0.001 * width * height) return true;
        }

        return false;
    }

    // Gauss with partial pivoting; null when the equations do not determine the plane.
    private static double[]? Solve(double[,] a)
    {
        const int N = 8;
        for (var column = 0; column < N; column++)
        {
            var pivot = column;
            for (var row = column + 1; row < N; row++)
            {
                if (Math.Abs(a[row, column]) > Math.Abs(a[pivot, column])) pivot = row;
            }

            if (Math.Abs(a[pivot, column]) < 1e-9) return null;
            for (var k = 0; k <= N; k++) (a[pivot, k], a[column, k]) = (a[column, k], a[pivot, k]);
            for (var row = 0; row < N; row++)
            {
                if (row == column) continue;
                var factor = a[row, column] / a[column, column];
                for (var k = column; k <= N; k++) a[row, k] -= factor * a[column, k];
            }
        }

        var h = new double[N];
        for (var k = 0; k < N; k++) h[k] = a[k, N] / a[k, k];
        return h;
    }
}
