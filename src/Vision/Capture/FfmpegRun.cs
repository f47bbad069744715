using System.Diagnostics;

namespace EdgeGateway.Vision.Capture;

/// <summary>Runs ffmpeg once over what is handed to it: a child without a shell that dies with the gateway, with a bounded time and its last words in the error.</summary>
internal static class FfmpegRun
{
    private const int KeptLines = 4;
    private const int MaxLineLength = 300;

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">Arguments without a secret.</param>
    /// <param name="feed">Writes its standard input; null: none.</param>
    /// <param name="read">Reads its standard output to the end, on a thread of the pool; null: it writes none.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="FootageException">It failed or took too long, or is not installed.</exception>
    public static async Task RunAsync(IReadOnlyList<string> arguments, Func<Stream, CancellationToken, Task>? feed, Action<Stream>? read, TimeSpan limit, CancellationToken stop)
    {
        Process process;
        try
        {
            process = ChildLauncher.Start("ffmpeg", arguments);
        }
        catch (FileNotFoundException missing)
        {
            throw new FootageException(missing.Message, missing);
        }

        using (process)
        using (var end = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            end.CancelAfter(limit);
            var lines = new Queue<string>(KeptLines);
            process.ErrorDataReceived += (_, line) =>
            {
                if (line.Data is not { Length: > 0 } text) return;
                lock (lines)
                {
                    if (lines.Count == KeptLines) lines.Dequeue();
                    lines.Enqueue(text.Length <= MaxLineLength ? text : text[..MaxLineLength]);
                }
            };
            process.BeginErrorReadLine();
            // Whatever waits for the child's pipes ends with the child.
            await using var kill = end.Token.Register(() => Kill(process));
            try
            {
                var output = read is null ? Task.CompletedTask : Task.Run(() => Read(process, read), CancellationToken.None);
                await FeedAsync(process, feed, end.Token).ConfigureAwait(false);
                await output.ConfigureAwait(false);
                await process.WaitForExitAsync(end.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException late) when (!stop.IsCancellationRequested)
            {
                throw new FootageException($"ffmpeg took longer than {limit.TotalSeconds:0} s. {Words()}", late);
            }
            catch (Exception fault) when (fault is InvalidDataException or IOException)
            {
                stop.ThrowIfCancellationRequested();
                throw new FootageException($"The stored pictures cannot be read: {fault.Message} {Words()}", fault);
            }
            finally
            {
                Kill(process);
            }

            if (process.ExitCode != 0) throw new FootageException($"ffmpeg failed: {Words()}");

            string Words()
            {
                lock (lines) return string.Join(" | ", lines);
            }
        }
    }

    // A reader that gives up must not leave the child waiting for it.
    private static void Read(Process process, Action<Stream> read)
    {
        try
        {
            read(process.StandardOutput.BaseStream);
        }
        catch
        {
            Kill(process);
            throw;
        }
    }

    private static async Task FeedAsync(Process process, Func<Stream, CancellationToken, Task>? feed, CancellationToken stop)
    {
        try
        {
            if (feed is not null) await feed(process.StandardInput.BaseStream, stop).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The child has gone already or has enough; its exit says why.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has just ended.
        }
    }
}
