using System.Globalization;
using System.Security.Cryptography;
using System.Threading.Channels;
using EdgeGateway.Sync.Registration.Csv;

namespace EdgeGateway.Sync.Registration.Replica;

/// <summary>What an import needs to know.</summary>
public sealed record ImportOptions
{
    /// <summary>The replica's file; the import is made beside it and takes its place when it is whole.</summary>
    public required string Replica { get; init; }

    /// <summary>The operations centre's key: owners are taken along, sealed. Null leaves them out.</summary>
    public OwnerSeal? Seal { get; init; }

    /// <summary>The table's encoding; null finds UTF-8 and UTF-16 out.</summary>
    public string? Encoding { get; init; }

    /// <summary>The table's own column names, by the contract's.</summary>
    public IReadOnlyDictionary<string, string>? Columns { get; init; }

    /// <summary>Rows in one commit: what a kill costs at most.</summary>
    public int RowsPerCommit { get; init; } = 50_000;
}

/// <summary>A row that was left out, or kept with a doubt.</summary>
/// <param name="Line">Its line in the table.</param>
/// <param name="Reason">Why; never what stands in an owner's column.</param>
/// <param name="Kept">True for a second owner at the same time: the row stays and the plate is looked up as ambiguous.</param>
public sealed record RejectedRow(long Line, string Reason, bool Kept = false);

/// <summary>How an import ended.</summary>
/// <param name="Rows">Rows in the replica.</param>
/// <param name="Rejected">Rows left out.</param>
/// <param name="Doubtful">Rows that name another owner for the same plate, colour, vehicle and time.</param>
/// <param name="ResumedAt">The line at which an interrupted import was taken up; null for a fresh one.</param>
public sealed record ImportResult(long Rows, long Rejected, long Doubtful, bool HasOwners, long? ResumedAt, TimeSpan Took);

/// <summary>
/// Turns a registration table into a replica: one thread reads, checks and seals, another writes. Rows and progress are
/// committed together, so a killed import goes on where it was. The old replica serves look-ups until the new one is whole.
/// </summary>
public static class ReplicaImport
{
    private const int BatchesInUse = 3;

    /// <summary>Imports a table. The replica holds that table and nothing else afterwards.</summary>
    /// <param name="table">The CSV file.</param>
    /// <param name="options">Where to, and how.</param>
    /// <param name="onRejected">Gets each row that is left out, as it is met.</param>
    /// <param name="onProgress">Gets rows done and bytes done of all, after each commit.</param>
    /// <param name="time">The clock for the duration.</param>
    /// <param name="stop">Stops after the commit at hand; a later call goes on there.</param>
    /// <exception cref="CsvRefusedException">The table cannot be read as one.</exception>
    /// <exception cref="IOException">The table or the folder cannot be opened.</exception>
    public static async Task<ImportResult> RunAsync(
        string table, ImportOptions options, Action<RejectedRow> onRejected, Action<long, double> onProgress, TimeProvider time, CancellationToken stop)
    {
        var started = time.GetTimestamp();
        var making = options.Replica + ".importing";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.Replica))!);
        var source = IdentityOf(table, options);
        var size = (double)Math.Max(1, new FileInfo(table).Length);
        var (database, resumed) = OpenAt(making, source);
        var progress = resumed ?? new ImportProgress(source, 0, 1, 0, 0);
        long doubtful = 0;
        using (database)
        {
            using var key = options.Seal is null ? null : new ImportKey();
            using var records = new CsvRecords(CsvText.Open(table, options.Encoding, out var file));
            var header = CsvHeader.Read(records, Path.GetFileName(table), ReplicaColumns.Required, ReplicaColumns.Names, options.Columns);
            if (resumed is not null) records.SkipTo(resumed.Position, resumed.NextLine);
            using var rows = new ReplicaRows(records, header, key);
            var keyNumber = key is null ? 0 : database.AddKey(key.SealedTo(options.Seal!));

            // Batches go round: checked ones to this side, written ones back. So memory is bounded, and the faster side waits.
            var written = Channel.CreateUnbounded<ReplicaBatch>();
            for (var i = 0; i < BatchesInUse; i++) written.Writer.TryWrite(new ReplicaBatch(options.RowsPerCommit));
            var checkedOnes = Channel.CreateUnbounded<ReplicaBatch>();
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var reading = Task.Run(() => ReadAsync(records, () => file.Position / size, rows, progress, options.RowsPerCommit, written.Reader, checkedOnes.Writer, onRejected, over.Token), CancellationToken.None);
            try
            {
                await foreach (var batch in checkedOnes.Reader.ReadAllAsync(stop))
                {
                    database.Write(batch, keyNumber);
                    progress = batch.Progress!;
                    written.Writer.TryWrite(batch);
                    onProgress(progress.Rows, batch.ReadShare);
                }
            }
            finally
            {
                await over.CancelAsync();
                await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await reading;
            onProgress(progress.Rows, 1);
            var dropped = database.Finish((line, first, isSame) =>
            {
                if (!isSame) doubtful++;
                onRejected(isSame
                    ? new RejectedRow(line, $"the same registration stands in line {first}")
                    : new RejectedRow(line, $"another registration of the same plate, colour, vehicle and time stands in line {first}: looked up as ambiguous", Kept: true));
            });
            progress = progress with { Rows = progress.Rows - dropped, Rejected = progress.Rejected + dropped };
        }

        if (progress.Rows == 0)
        {
            File.Delete(making);
            throw new CsvRefusedException($"{table} holds no row that can be taken ({progress.Rejected} rejected); the replica stays as it was. Check the columns and the encoding.");
        }

        File.Move(making, options.Replica, overwrite: true);
        return new ImportResult(progress.Rows, progress.Rejected, doubtful, options.Seal is not null, resumed?.NextLine, time.GetElapsedTime(started));
    }

    private static async Task ReadAsync(
        CsvRecords records, Func<double> readShare, ReplicaRows rows, ImportProgress progress, int rowsPerCommit,
        ChannelReader<ReplicaBatch> empty, ChannelWriter<ReplicaBatch> full, Action<RejectedRow> onRejected, CancellationToken stop)
    {
        try
        {
            var isMore = true;
            while (isMore)
            {
                var batch = await empty.ReadAsync(stop);
                batch.Clear();
                var (kept, rejected) = (0, 0);
                while (kept + rejected < rowsPerCommit && (isMore = records.Read()))
                {
                    if (rows.Read(batch) is { } reason)
                    {
                        rejected++;
                        onRejected(new RejectedRow(records.Line, reason));
                    }
                    else
                    {
                        kept++;
                    }
                }

                rows.Complete(batch);
                progress = progress with { Position = records.Position, NextLine = records.NextLine, Rows = progress.Rows + kept, Rejected = progress.Rejected + rejected };
                (batch.Progress, batch.ReadShare) = (progress, readShare());
                await full.WriteAsync(batch, stop);
            }

            full.Complete();
        }
        catch (Exception fault)
        {
            full.Complete(fault);
            throw;
        }
    }

    // The unfinished import of the same table, or a fresh one.
    private static (ReplicaDatabase Database, ImportProgress? Resumed) OpenAt(string path, string source)
    {
        if (File.Exists(path))
        {
            try
            {
                var old = ReplicaDatabase.OpenForImport(path);
                if (old.Progress() is { } progress && progress.Source == source) return (old, progress);
                old.Dispose();
            }
            catch (Microsoft.Data.Sqlite.SqliteException fault) when (fault.SqliteErrorCode is 5 or 6)
            {
                throw new IOException($"Another import writes {path}; wait for its end, or stop it and call again.", fault);
            }
            catch (Microsoft.Data.Sqlite.SqliteException)
            {
                // What another program left there is no import; a fresh one is begun.
            }

            foreach (var ending in new[] { "", "-wal", "-shm", "-journal" }) File.Delete(path + ending);
        }

        return (ReplicaDatabase.OpenForImport(path), null);
    }

    // The replica's layout, the table's size, time of writing, the first MiB, to whose key owners are sealed if at all, and what its columns are called: another table, or other settings, begin anew.
    private static string IdentityOf(string table, ImportOptions options)
    {
        using var file = new FileStream(table, FileMode.Open, FileAccess.Read, FileShare.Read);
        var head = new byte[(int)Math.Min(file.Length, 1 << 20)];
        file.ReadExactly(head);
        var columns = string.Join(',', (options.Columns ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
        return string.Create(CultureInfo.InvariantCulture,
            $"{ReplicaDatabase.Layout}/{file.Length}/{File.GetLastWriteTimeUtc(table).Ticks}/{Convert.ToHexStringLower(SHA256.HashData(head))}/{options.Encoding}/{options.Seal?.Recipient}/{columns}");
    }
}
