using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using EdgeGateway.Sync.Storage;

namespace EdgeGateway.PublicModels;

/// <summary>How patient a download is.</summary>
/// <param name="Silence">So long without a byte ends an attempt.</param>
/// <param name="Attempts">Attempts in a row that bring nothing before it gives up.</param>
/// <param name="Pause">Wait before the next attempt.</param>
internal sealed record DownloadPatience(TimeSpan Silence, int Attempts, TimeSpan Pause)
{
    public static DownloadPatience Default { get; } = new(TimeSpan.FromSeconds(30), 4, TimeSpan.FromSeconds(2));
}

/// <summary>
/// Fetches one file by HTTP into a partial file, and goes on where an earlier try stopped: <c>Range</c>, with <c>If-Range</c> as far
/// as the server named a version of its file (RFC 9110, section 13.1.5). A server that does not know ranges sends the whole anew.
/// </summary>
/// <param name="http">The client; its own timeout is infinite, silence is watched here.</param>
/// <param name="time">For pauses and limits.</param>
/// <param name="patience">How patient.</param>
internal sealed class ModelDownload(HttpClient http, TimeProvider time, DownloadPatience patience)
{
    /// <summary>No model of an edge device is larger.</summary>
    public const long MostBytes = 512L << 20;

    /// <summary>Reports bytes present and bytes expected (0: nobody knows).</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Completes <paramref name="part"/>.</summary>
    /// <param name="url">Where the file is.</param>
    /// <param name="part">The partial file: gone on with when it exists. Beside it, PART.version keeps the server's word for the version.</param>
    /// <param name="bytes">The size that the file must have; null where nobody states it.</param>
    /// <param name="stop">Ends it; what is there stays for the next time.</param>
    /// <returns>True when it went on from bytes of an earlier try.</returns>
    /// <exception cref="FetchException">The server cannot be reached, has no such file or another one, or the disk is full.</exception>
    public async Task<bool> CompleteAsync(Uri url, string part, long? bytes, CancellationToken stop)
    {
        var resumed = Length(part) > 0;
        var fruitless = 0;
        while (bytes is null || Length(part) != bytes)
        {
            var before = Length(part);
            try
            {
                if (await AttemptAsync(url, part, bytes, stop)) return resumed;
                throw new IOException("the connection ended before the file did");
            }
            catch (Exception fault) when (IsTransfer(fault) && !stop.IsCancellationRequested)
            {
                fruitless = Length(part) > before ? 0 : fruitless + 1;
                if (fruitless >= patience.Attempts || (fruitless > 0 && IsUnreachable(fault))) throw Unreachable(url, part, bytes, fault);
                await Task.Delay(patience.Pause, time, stop);
            }
            catch (IOException fault) when (IsDiskFull(fault))
            {
                throw new FetchException($"The disk of {Path.GetDirectoryName(part)} is full. Make room ({bytes ?? MostBytes} bytes at most are needed) and run the command again: it goes on where it stopped.", fault);
            }
        }

        return resumed;
    }

    private static long Length(string part) => File.Exists(part) ? new FileInfo(part).Length : 0;

    /// <summary>One request; false when its body ended early.</summary>
    private async Task<bool> AttemptAsync(Uri url, string part, long? bytes, CancellationToken stop)
    {
        var versionFile = part + ".version";
        var have = Length(part);
        using var silence = new SilenceWatch(patience.Silence, time, stop);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("EdgeGateway", typeof(ModelDownload).Assembly.GetName().Version?.ToString(3)));
        if (have > 0)
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
            // Without a version the range is asked for all the same: the hash tells at the end whether both halves belong together.
            if (File.Exists(versionFile)) request.Headers.TryAddWithoutValidation("If-Range", await File.ReadAllTextAsync(versionFile, stop));
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Discard(part);
            throw new IOException("the server's file is shorter than what is here; it is fetched anew");
        }

        if (!response.IsSuccessStatusCode) throw Refused(url, response);
        if (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != have) have = 0;
        var promised = response.Content.Headers.ContentLength is { } length ? have + length : (long?)null;
        CheckSize(url, promised, bytes);
        KeepVersion(response, versionFile);
        await using var body = await response.Content.ReadAsStreamAsync(silence.Token);
        await using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        file.SetLength(have);
        file.Position = have;
        var buffer = new byte[1 << 16];
        while (await ReadAsync(body, buffer, silence) is > 0 and var count)
        {
            await file.WriteAsync(buffer.AsMemory(0, count), stop);
            CheckSize(url, null, bytes, file.Position);
            Progress?.Invoke(file.Position, bytes ?? promised ?? 0);
        }

        await file.FlushAsync(stop);
        return file.Length == (bytes ?? promised ?? file.Length);
    }

    private static async Task<int> ReadAsync(Stream body, byte[] buffer, SilenceWatch silence)
    {
        silence.Restart();
        return await body.ReadAsync(buffer, silence.Token);
    }

    /// <summary>Forgets a partial file.</summary>
    public static void Discard(string part)
    {
        File.Delete(part);
        File.Delete(part + ".version");
    }

    private static void KeepVersion(HttpResponseMessage response, string versionFile)
    {
        // Only a strong validator may stand in If-Range.
        var version = response.Headers.ETag is { IsWeak: false, Tag: var tag } ? tag : response.Content.Headers.LastModified?.ToString("R", CultureInfo.InvariantCulture);
        if (version is null) File.Delete(versionFile);
        else File.WriteAllText(versionFile, version);
    }

    private static void CheckSize(Uri url, long? promised, long? wanted, long written = 0)
    {
        if (promised is { } size && wanted is { } exact && size != exact) throw new FetchException($"{url} is {size} bytes, but the list of public models says {exact}: it is another file, so nothing was fetched.");
        if (Math.Max(promised ?? 0, written) > (wanted ?? MostBytes)) throw new FetchException($"{url} is larger than {wanted ?? MostBytes} bytes: it is another file, so it was not kept.");
    }

    private static FetchException Refused(Uri url, HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.NotFound or HttpStatusCode.Gone => new FetchException($"There is no file at {url} (the server says {(int)response.StatusCode}). The address in the list of public models is out of date; fetch the file by hand and register it (docs/models.md)."),
        HttpStatusCode.ProxyAuthenticationRequired => new FetchException("The proxy asks for a password (407). Set HTTPS_PROXY with the account of this machine."),
        var status when (int)status >= 500 => throw new HttpRequestException($"the server says {(int)status}"),
        var status => new FetchException($"{url} was refused: the server says {(int)status} {response.ReasonPhrase}."),
    };

    private FetchException Unreachable(Uri url, string part, long? bytes, Exception fault)
    {
        var reason = fault is OperationCanceledException ? $"not a byte came for {patience.Silence.TotalSeconds:0} s" : (fault as HttpRequestException)?.InnerException?.Message ?? fault.Message;
        var have = Length(part);
        return have > 0
            ? new FetchException($"Fetching {url} stopped at {have} of {bytes?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of"} bytes: {reason}. Run the command again: it goes on from there.", fault)
            : new FetchException($"{url} cannot be fetched: {reason}. Check the network and HTTPS_PROXY; on a closed network bring the file by hand and register it (docs/models.md).", fault);
    }

    // A file's IOException carries the errno; a connection's one does not come as a full disk.
    private static bool IsDiskFull(IOException fault) => DiskFaults.Of(fault) is DiskFault.Full or DiskFault.OverQuota;

    private static bool IsTransfer(Exception fault) =>
        fault is HttpRequestException or OperationCanceledException || (fault is IOException io && !IsDiskFull(io) && fault is not (DirectoryNotFoundException or FileNotFoundException));

    // Nobody answers, or the certificate is not to be trusted: trying again at once changes nothing.
    private static bool IsUnreachable(Exception fault) =>
        fault is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError };

    /// <summary>A token that fires after a time without <see cref="Restart"/>.</summary>
    private sealed class SilenceWatch : IDisposable
    {
        private readonly CancellationTokenSource _timer;
        private readonly CancellationTokenSource _either;
        private readonly TimeSpan _limit;

        public SilenceWatch(TimeSpan limit, TimeProvider time, CancellationToken stop)
        {
            _limit = limit;
            _timer = new CancellationTokenSource(limit, time);
            _either = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, stop);
        }

        public CancellationToken Token => _either.Token;

        public void Restart() => _timer.CancelAfter(_limit);

        public void Dispose()
        {
            _either.Dispose();
            _timer.Dispose();
        }
    }
}
