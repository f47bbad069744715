namespace EdgeGateway.Vision.Tracking;

/// <summary>
/// Pairs rows with columns at the least total cost (shortest augmenting paths with potentials, after Jonker and Volgenant 1987).
/// Works on arrays made once; a solve allocates nothing. A pair that costs the limit or more is never made, and leaving a row
/// alone costs the limit.
/// </summary>
public sealed class Assignment
{
    private readonly int _capacity;
    private readonly float[] _cost;
    private readonly float[] _rowPotential;
    private readonly float[] _columnPotential;
    private readonly float[] _shortest;
    private readonly int[] _rowOfColumn;
    private readonly int[] _cameFrom;
    private readonly int[] _columnOfRow;
    private readonly bool[] _done;
    private readonly bool[] _placed;

    /// <param name="capacity">The most rows and the most columns.</param>
    public Assignment(int capacity)
    {
        _capacity = capacity;
        _cost = new float[capacity * capacity];
        _rowPotential = new float[capacity + 1];
        _columnPotential = new float[capacity + 1];
        _shortest = new float[capacity + 1];
        _rowOfColumn = new int[capacity + 1];
        _cameFrom = new int[capacity + 1];
        _columnOfRow = new int[capacity];
        _done = new bool[capacity + 1];
        _placed = new bool[capacity + 1];
    }

    /// <summary>The most rows and the most columns.</summary>
    public int Capacity => _capacity;

    /// <summary>The cost matrix to fill before <see cref="Solve"/>, row after row with <paramref name="columns"/> values each.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More rows or columns than the capacity.</exception>
    public Span<float> Costs(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, _capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, _capacity);
        return _cost.AsSpan(0, rows * columns);
    }

    /// <summary>Solves the matrix in <see cref="Costs"/>.</summary>
    /// <param name="rows">Rows filled.</param>
    /// <param name="columns">Columns filled.</param>
    /// <param name="limit">Cost of leaving a row alone; also the gate.</param>
    /// <returns>The column of each row, or -1; valid until the next call.</returns>
    public ReadOnlySpan<int> Solve(int rows, int columns, float limit)
    {
        var result = _columnOfRow.AsSpan(0, rows);
        result.Fill(-1);
        if (rows == 0 || columns == 0) return result;
        // Shortest paths need at least as many columns as rows; otherwise the matrix is read transposed.
        var transposed = rows > columns;
        var n = transposed ? columns : rows;
        var m = transposed ? rows : columns;
        var rowStride = transposed ? 1 : columns;
        var columnStride = transposed ? columns : 1;

        var u = _rowPotential.AsSpan(0, n + 1);
        var v = _columnPotential.AsSpan(0, m + 1);
        var rowOf = _rowOfColumn.AsSpan(0, m + 1);
        var from = _cameFrom.AsSpan(0, m + 1);
        u.Clear();
        v.Clear();
        rowOf.Clear();
        var shortest = _shortest.AsSpan(0, m + 1);
        var done = _done.AsSpan(0, m + 1);
        var placed = _placed.AsSpan(0, n + 1);
        TakeUncontested(n, m, rowStride, columnStride, limit, u, rowOf, placed);
        for (var row = 1; row <= n; row++)
        {
            if (placed[row]) continue;
            rowOf[0] = row;
            var column = 0;
            shortest.Fill(float.PositiveInfinity);
            done.Clear();
            do
            {
                done[column] = true;
                var r = rowOf[column];
                var delta = float.PositiveInfinity;
                var next = 0;
                var line = (r - 1) * rowStride;
                for (var j = 1; j <= m; j++)
                {
                    if (done[j]) continue;
                    var reduced = MathF.Min(_cost[line + (j - 1) * columnStride], limit) - u[r] - v[j];
                    if (reduced < shortest[j])
                    {
                        shortest[j] = reduced;
                        from[j] = column;
                    }

                    if (shortest[j] < delta)
                    {
                        delta = shortest[j];
                        next = j;
                    }
                }

                for (var j = 0; j <= m; j++)
                {
                    if (done[j])
                    {
                        u[rowOf[j]] += delta;
                        v[j] -= delta;
                    }
                    else
                    {
                        shortest[j] -= delta;
                    }
                }

                column = next;
            }
            while (rowOf[column] != 0);

            do
            {
                var previous = from[column];
                rowOf[column] = rowOf[previous];
                column = previous;
            }
            while (column != 0);
        }

        for (var j = 1; j <= m; j++)
        {
            if (rowOf[j] == 0) continue;
            var (r, c) = transposed ? (j - 1, rowOf[j] - 1) : (rowOf[j] - 1, j - 1);
            if (_cost[r * columns + c] < limit) result[r] = c;
        }

        return result;
    }

    /// <summary>
    /// Gives each row its cheapest column if that is still free: with the row's potential at that cost all reduced costs stay at or
    /// above zero, so the paths that follow remain right, and in most frames few rows are left for them.
    /// </summary>
    private void TakeUncontested(
        int n, int m, int rowStride, int columnStride, float limit, Span<float> u, Span<int> rowOf, Span<bool> placed)
    {
        placed.Clear();
        for (var row = 1; row <= n; row++)
        {
            var least = limit;
            var best = 0;
            var place = (row - 1) * rowStride;
            for (var j = 1; j <= m; j++, place += columnStride)
            {
                if (!(_cost[place] < least)) continue;
                least = _cost[place];
                best = j;
            }

            u[row] = least;
            if (best == 0 || rowOf[best] != 0) continue;
            rowOf[best] = row;
            placed[row] = true;
        }
    }
}
