using System.Globalization;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Evidence.Bucket;

// Within the namespace: the manifest's record of the same name stands nearer otherwise.
using EvidenceFile = EdgeGateway.Sync.Mqtt.EvidenceFile;

/// <summary>
/// Evidence in an S3-compatible bucket. A file is remembered on the disk, sent behind all events within the radio's budget, and its signed address is
/// known at once: until the object is there, the address answers 404. Large files go in parts; after a break or a restart the store is asked which of
/// them it has. The SHA-256 of each part travels in its signature, so the store refuses an altered one; the file's own stands in the object's metadata
/// (<c>x-amz-meta-sha256</c>). One part is in memory. Thread-safe.
/// </summary>
public sealed class EvidenceBucket : IAsyncDisposable
{
    private const string ShaMetadata = "x-amz-meta-sha256";
    private const int EventsFirst = 16;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);

    // 5 MiB in an hour are 12 kbit/s: what is slower is a dead connection.
    private static readonly TimeSpan LongestPart = TimeSpan.FromHours(1);

    private readonly BucketOptions _options;
    private readonly Func<long> _eventsWaiting;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly UploadBudget _budget;
    private readonly BucketJournal _journal;
    private readonly OwnClient _http;
    private readonly AmazonS3Client _client;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _buffer;
    private Task _working = Task.CompletedTask;
    private long _sentBytes;
    private long _failed;
    private TwoLanguages? _problem;

    /// <param name="options">The bucket.</param>
    /// <param name="budget">What the radio allows, shared with evidence over MQTT.</param>
    /// <param name="eventsWaiting">Events that still wait for the broker: evidence stands back behind them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For files that were sent, or cannot be.</param>
    /// <exception cref="ArgumentException">The lifetime is longer than a signature can be valid, or the parts are smaller than the protocol allows.</exception>
    internal EvidenceBucket(BucketOptions options, UploadBudget budget, Func<long> eventsWaiting, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.AddressLifetime > TimeSpan.FromDays(7) || options.AddressLifetime < TimeSpan.FromMinutes(1)) throw new ArgumentException("A signed address lives from 1 minute to 7 days.", nameof(options));
        if (options.PartBytes < 5 << 20) throw new ArgumentException("A part has at least 5 MiB.", nameof(options));
        (_options, _budget, _eventsWaiting, _time, _logger) = (options, budget, eventsWaiting, time, logger);
        _journal = new BucketJournal(options.JournalPath, options.Guard, time);
        _buffer = new byte[options.PartBytes];
        _http = new OwnClient(options.CaFile);
        _client = new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), new AmazonS3Config
        {
            ServiceURL = options.Endpoint.ToString().TrimEnd('/'),
            AuthenticationRegion = options.Region,
            ForcePathStyle = true,
            UseHttp = options.Endpoint.Scheme == "http",
            // The radio's pauses are ours to keep.
            MaxErrorRetry = 0,
            Timeout = LongestPart,
            // The signature holds the SHA-256 of the part; checksums in a trailer are not understood by all stores.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            HttpClientFactory = _http,
        });
    }

    /// <summary><see cref="Problem"/> came, changed or went (null).</summary>
    internal event Action<TwoLanguages?>? ProblemChanged;

    /// <summary>Bytes that went out since the start, repeated ones included.</summary>
    public long SentBytes => Interlocked.Read(ref _sentBytes);

    /// <summary>Files that were given up because they were gone.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Files that wait.</summary>
    public long Waiting => _journal.Waiting;

    /// <summary>Why nothing goes out, in whole sentences; null while it does.</summary>
    public TwoLanguages? Problem => Volatile.Read(ref _problem);

    /// <summary>The signed address of an event's file, whether it is there yet or not.</summary>
    public SignedAddress AddressOf(string eventId, string name)
    {
        // The signature's clock is the machine's.
        var until = DateTimeOffset.UtcNow + _options.AddressLifetime;
        var uri = _client.GetPreSignedURL(new GetPreSignedUrlRequest
        {
            BucketName = _options.Bucket, Key = ObjectOf(eventId, name), Verb = HttpVerb.GET, Expires = until.UtcDateTime,
            Protocol = _options.Endpoint.Scheme == "http" ? Protocol.HTTP : Protocol.HTTPS,
        });
        return new SignedAddress(uri, until);
    }

    /// <summary>Takes a file; it is remembered when this returns. What is there already is not sent again.</summary>
    /// <exception cref="ArgumentException">The id is no event's.</exception>
    public void Send(string eventId, EvidenceFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!Ulid.TryParse(eventId, out _) || eventId.Length != 26) throw new ArgumentException($"'{eventId}' is no event id.", nameof(eventId));
        _journal.Add(eventId, ObjectOf(eventId, file.Name), file.Path, file.MediaType);
        _wake.Release();
    }

    internal void Start() => _working = Task.Run(WorkAsync);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working;
        _client.Dispose();
        _http.Dispose();
        _journal.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    private string ObjectOf(string eventId, string name) => $"{_options.Prefix}/{eventId}/{name}";

    private async Task WorkAsync()
    {
        var pause = new RetryPause(TimeSpan.FromSeconds(1));
        var after = 0L;
        while (!_stop.IsCancellationRequested)
        {
            BucketUpload? upload = null;
            try
            {
                upload = _journal.Next(after);
                if (upload is null && after > 0) upload = _journal.Next(after = 0);
                if (upload is not null) await SendAsync(upload);
                if (after == 0) Tell(null);
                pause.Reset();
                if (upload is null) await _wake.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault) when (upload is not null && fault is FileNotFoundException or DirectoryNotFoundException)
            {
                Interlocked.Increment(ref _failed);
                _logger.EvidenceFailed(upload!.Event, fault.Message);
                _journal.Drop(upload.Row);
            }
#pragma warning disable CA1031 // Whatever the store or the line does, evidence waits and is tried again.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                // One file that fails must not stand before the others: it comes again after them.
                if (upload is not null) after = upload.Row;
                var words = WordsOf(fault);
                if (words != Volatile.Read(ref _problem)) _logger.EvidenceFailed(upload?.Event ?? "?", words.En);
                Tell(words);
                try { await Task.Delay(pause.Next(LongestPause), _time, _stop.Token); }
                catch (OperationCanceledException) { break; }
            }
        }
    }

    private void Tell(TwoLanguages? problem)
    {
        if (Interlocked.Exchange(ref _problem, problem) != problem) ProblemChanged?.Invoke(problem);
    }

    private TwoLanguages WordsOf(Exception fault) => fault switch
    {
        AmazonS3Exception { StatusCode: System.Net.HttpStatusCode.Forbidden or System.Net.HttpStatusCode.Unauthorized } refused => new(
            $"Kho {_options.Endpoint.Host} từ chối khóa truy cập ({refused.ErrorCode}); kiểm tra evidence.bucket và đồng hồ.",
            $"The store {_options.Endpoint.Host} refuses the access key ({refused.ErrorCode}); check evidence.bucket and the clock."),
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => new($"Kho {_options.Endpoint.Host} không có bucket '{_options.Bucket}'.", $"The store {_options.Endpoint.Host} has no bucket '{_options.Bucket}'."),
        AmazonS3Exception other => new($"Kho {_options.Endpoint.Host} trả lời mã {(int)other.StatusCode} {other.ErrorCode}.", $"The store {_options.Endpoint.Host} answers {(int)other.StatusCode} {other.ErrorCode}."),
        Microsoft.Data.Sqlite.SqliteException disk => new($"Tệp {_options.JournalPath}: {CauseInVietnamese.Of(disk)}.", $"{_options.JournalPath} cannot be written: {disk.Message.TrimEnd('.')}."),
        _ when ServerTrust.In(fault) is { } judged => judged.Why,
        _ => new($"Kho {_options.Endpoint.Host}: {CauseInVietnamese.Of(fault)}.", $"The store {_options.Endpoint.Host} cannot be reached: {(fault.InnerException ?? fault).Message.TrimEnd('.')}."),
    };

    private async Task SendAsync(BucketUpload upload)
    {
        await using var file = _options.Guard.OpenRead(upload.Path);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, _stop.Token));
        file.Seek(0, SeekOrigin.Begin);
        // Asked for again: what is there is not sent again.
        if (upload.UploadId is null && await IsThereAsync(upload.Object, file.Length, sha256))
        {
            _journal.Sent(upload.Row);
            return;
        }

        if (file.Length <= _options.PartBytes) await SendWholeAsync(upload, file, sha256);
        else await SendPartsAsync(upload, file, sha256);
        if (!await IsThereAsync(upload.Object, file.Length, sha256)) throw new IOException($"the store does not hold {upload.Object} as it was sent");
        _journal.Sent(upload.Row);
        _logger.EvidenceSent(upload.Event, (file.Length + _options.PartBytes - 1) / _options.PartBytes, file.Length);
    }

    private async Task<bool> IsThereAsync(string name, long length, string sha256)
    {
        try
        {
            var there = await _client.GetObjectMetadataAsync(_options.Bucket, name, _stop.Token);
            return there.ContentLength == length && there.Metadata[ShaMetadata] == sha256;
        }
        catch (AmazonS3Exception fault) when (fault.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private async Task SendWholeAsync(BucketUpload upload, Stream file, string sha256)
    {
        var length = await file.ReadAtLeastAsync(_buffer.AsMemory(0, (int)file.Length), (int)file.Length, throwOnEndOfStream: true, _stop.Token);
        await StandBackAsync();
        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket, Key = upload.Object, ContentType = upload.MediaType, InputStream = Paced(length), AutoCloseStream = false, UseChunkEncoding = false, DisablePayloadSigning = false,
        };
        request.Metadata[ShaMetadata] = sha256;
        await _client.PutObjectAsync(request, _stop.Token);
    }

    private async Task SendPartsAsync(BucketUpload upload, Stream file, string sha256)
    {
        var have = new Dictionary<int, PartDetail>();
        var id = upload.UploadId;
        if (id is not null)
        {
            try
            {
                have = await PartsOfAsync(upload.Object, id);
            }
            catch (AmazonS3Exception fault) when (fault.StatusCode == System.Net.HttpStatusCode.NotFound)
            {
                id = null; // the store has thrown away what was half done
            }
        }

        if (id is null)
        {
            var begin = new InitiateMultipartUploadRequest { BucketName = _options.Bucket, Key = upload.Object, ContentType = upload.MediaType };
            begin.Metadata[ShaMetadata] = sha256;
            id = (await _client.InitiateMultipartUploadAsync(begin, _stop.Token)).UploadId;
            _journal.Begun(upload.Row, id);
        }

        var parts = new List<PartETag>();
        var count = (int)((file.Length + _options.PartBytes - 1) / _options.PartBytes);
        for (var number = 1; number <= count; number++)
        {
            var length = await file.ReadAtLeastAsync(_buffer, _buffer.Length, throwOnEndOfStream: false, _stop.Token);
            // What the store names a part by is the MD5 of its bytes wherever parts are not encrypted there; one that differs is sent again.
            if (have.TryGetValue(number, out var known) && known.Size == length && IsSame(known.ETag, length))
            {
                parts.Add(new PartETag(number, known.ETag));
                continue;
            }

            await StandBackAsync();
            var answer = await _client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = _options.Bucket, Key = upload.Object, UploadId = id, PartNumber = number, PartSize = length, InputStream = Paced(length),
                    IsLastPart = number == count, UseChunkEncoding = false, DisablePayloadSigning = false,
                }, _stop.Token);
            parts.Add(new PartETag(number, answer.ETag));
        }

        await _client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = _options.Bucket, Key = upload.Object, UploadId = id, PartETags = parts }, _stop.Token);
    }

    private async Task<Dictionary<int, PartDetail>> PartsOfAsync(string name, string uploadId)
    {
        var parts = new Dictionary<int, PartDetail>();
        string? marker = null;
        ListPartsResponse page;
        do
        {
            page = await _client.ListPartsAsync(new ListPartsRequest { BucketName = _options.Bucket, Key = name, UploadId = uploadId, PartNumberMarker = marker }, _stop.Token);
            foreach (var part in page.Parts ?? []) parts[part.PartNumber ?? 0] = part;
            marker = page.NextPartNumberMarker?.ToString(CultureInfo.InvariantCulture);
        }
        while (page.IsTruncated == true);
        return parts;
    }

#pragma warning disable CA5351 // MD5 is the store's name of a part, no protection.
    private bool IsSame(string etag, int length) => string.Equals(etag.Trim('"'), Convert.ToHexString(MD5.HashData(_buffer.AsSpan(0, length))), StringComparison.OrdinalIgnoreCase);
#pragma warning restore CA5351

    private PacedStream Paced(int length) => new(_buffer, length, _budget, bytes => Interlocked.Add(ref _sentBytes, bytes));

    private async Task StandBackAsync()
    {
        while (_eventsWaiting() > EventsFirst) await Task.Delay(LookAgain, _time, _stop.Token);
        await _budget.WaitAsync(_stop.Token);
    }

    /// <summary>One client for all requests, with the authorities that the options name.</summary>
    private sealed class OwnClient(string? caFile) : HttpClientFactory, IDisposable
    {
        private readonly HttpClient _http = new(OutboundHttp.HandlerOf(caFile, ConnectTimeout)) { Timeout = LongestPart };

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _http;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        public void Dispose() => _http.Dispose();
    }
}
