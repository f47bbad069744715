using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>A file of an event's evidence.</summary>
/// <param name="Name">As receivers see it: small letters, digits, '-', '_', with an ending.</param>
/// <param name="Path">Where it lies; it must stay there, unchanged, until it is sent.</param>
/// <param name="MediaType">E.g. <c>image/jpeg</c>, <c>video/mp4</c>, <c>application/zip</c>.</param>
public sealed record EvidenceFile(string Name, string Path, string MediaType);

/// <summary>When evidence goes out.</summary>
public enum EvidenceMode
{
    /// <summary>As soon as it is there.</summary>
    Push,

    /// <summary>When the operations centre asks by <c>fetch_evidence</c>.</summary>
    OnRequest,
}

/// <summary>How evidence is sent.</summary>
public sealed record EvidenceUploadOptions
{
    /// <summary>The SQLite file that remembers what is still to be sent.</summary>
    public required string JournalPath { get; init; }

    /// <summary>Opens the files, sealed or not, and is told when the journal was damaged and begun anew.</summary>
    public StoreGuard Guard { get; init; } = StoreGuard.ForService(null, _ => { });

    public EvidenceMode Mode { get; init; } = EvidenceMode.Push;

    /// <summary>
    /// Bytes of a part. On a slow line an event waits for at most one part that is already under way: 32 KiB are one
    /// second at 256 kbit/s.
    /// </summary>
    public int PartBytes { get; init; } = 32 << 10;

    /// <summary>Largest file that is taken.</summary>
    public long MaxFileBytes { get; init; } = 256L << 20;

    /// <summary>Events that may still wait while evidence goes out; more and it stands back.</summary>
    public int EventsFirst { get; init; } = 16;
}

/// <summary>
/// Sends evidence over MQTT, below events in rank: under <c>…/evidence/{eventId}/</c> first <c>index</c> (JSON: files,
/// sizes, SHA-256 of files and parts; a later one adds files), then the parts, one under way at a time. A file of one part is published under its
/// name, a longer one as <c>name.00000</c>, <c>name.00001</c>, … What was sent is remembered on disk, so a break or a
/// restart costs at most the part under way, which then comes twice with the same bytes. One part is in memory.
/// </summary>
public sealed partial class EvidenceUploader : IAsyncDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>So many connections in a row that broke over one part are no bad radio.</summary>
    private const int BreaksOverOne = 5;

    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(200);

    /// <summary>A broker that refuses by turns must not raise and clear by turns.</summary>
    private static readonly TimeSpan WellAfter = TimeSpan.FromMinutes(1);

    private readonly EvidenceUploadOptions _options;
    private readonly Topics _topics;
    private readonly MqttLine _line;
    private readonly Func<long> _eventsWaiting;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly UploadBudget _budget;
    private readonly UploadJournal _journal;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stop = new();
    private Task _working = Task.CompletedTask;
    // Row of a part that the broker has and that a full disk could not note: it is not paid for again. The worker's own.
    private long _unmarked;
    private TwoLanguages? _problem;
    private readonly PassedOver _passedOver;
    private (long Row, object? Connection, int Breaks) _tried;
    private long _sentBytes;
    private long _sentParts;
    private long _failed;

    internal EvidenceUploader(EvidenceUploadOptions options, UploadBudget budget, Topics topics, MqttLine line, Func<long> eventsWaiting, TimeProvider time, ILogger logger)
    {
        (_options, _budget, _topics, _line, _eventsWaiting, _time, _logger) = (options, budget, topics, line, eventsWaiting, time, logger);
        _journal = new UploadJournal(options.JournalPath, options.Guard, time);
        _passedOver = new PassedOver(time);
    }

    /// <summary>All parts of an event's evidence are with the broker.</summary>
    public event Action<string>? Sent;

    /// <summary>Why evidence does not go out, or null when it does again. Raised by the worker: do not block.</summary>
    internal event Action<TwoLanguages?>? ProblemChanged;

    public EvidenceMode Mode => _options.Mode;

    /// <summary>Bytes of parts that the broker has, since the start.</summary>
    public long SentBytes => Interlocked.Read(ref _sentBytes);

    public long SentParts => Interlocked.Read(ref _sentParts);

    /// <summary>Uploads that were given up because a file was gone or altered.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Parts that wait.</summary>
    public long Waiting => _journal.Waiting;

    /// <summary>Below it the parts of an event's evidence are published.</summary>
    public string TopicOf(string eventId) => _topics.Evidence(eventId);

    /// <summary>New evidence is there: it goes out now, or waits to be asked for, as the mode says.</summary>
    public Task OfferAsync(string eventId, IReadOnlyList<EvidenceFile> files, CancellationToken cancel = default) =>
        _options.Mode == EvidenceMode.Push ? SendAsync(eventId, files, cancel) : Task.CompletedTask;

    /// <summary>Takes an upload; it is remembered when this returns. What is on its way already is not begun again.</summary>
    /// <exception cref="ArgumentException">A name, id or size is not allowed.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public async Task<FetchEvidenceReply> SendAsync(string eventId, IReadOnlyList<EvidenceFile> files, CancellationToken cancel = default)
    {
        if (!Ulid.TryParse(eventId, out _) || eventId.Length != 26) throw new ArgumentException($"'{eventId}' is no event id.", nameof(eventId));
        if (files.Select(file => file.Name).Distinct(StringComparer.Ordinal).Count() != files.Count) throw new ArgumentException("Two files have one name.", nameof(files));
        var parts = new List<UploadPart>();
        var index = new ArrayBufferWriter<byte>(1024);
        long bytes = 0;
        await using (var json = new Utf8JsonWriter(index, EventJsonText.Writing))
        {
            json.WriteStartObject();
            json.WriteString("event"u8, eventId);
            json.WriteStartArray("files"u8);
            foreach (var file in files) bytes += await CutAsync(eventId, file, parts, json, cancel);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        var content = index.WrittenSpan.ToArray();
        parts.Insert(0, new UploadPart(0, eventId, "index", null, 0, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), "application/json", content));
        _journal.Add(parts);
        _wake.Release();
        return new FetchEvidenceReply(eventId, _topics.Evidence(eventId), bytes, parts.Count);
    }

    internal void Start() => _working = Task.Run(WorkAsync);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working;
        _journal.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    /// <summary>Reads a file once, part by part, and notes each part with its hash; returns the file's size.</summary>
    private async Task<long> CutAsync(string eventId, EvidenceFile file, List<UploadPart> parts, Utf8JsonWriter json, CancellationToken cancel)
    {
        if (!PartName().IsMatch(file.Name) || file.Name == "index") throw new ArgumentException($"'{file.Name}' cannot be the name of a part.", nameof(file));
        await using var stream = _options.Guard.OpenRead(file.Path);
        if (stream.Length > _options.MaxFileBytes) throw new ArgumentException($"{file.Name} has {stream.Length} bytes; at most {_options.MaxFileBytes} are sent.", nameof(file));
        var whole = stream.Length <= _options.PartBytes;
        var buffer = ArrayPool<byte>.Shared.Rent(_options.PartBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            json.WriteStartObject();
            json.WriteString("name"u8, file.Name);
            json.WriteString("mediaType"u8, file.MediaType);
            json.WriteStartArray("parts"u8);
            long offset = 0;
            for (var number = 0; ; number++)
            {
                var length = await stream.ReadAtLeastAsync(buffer.AsMemory(0, _options.PartBytes), _options.PartBytes, throwOnEndOfStream: false, cancel);
                if (length == 0 && number > 0) break;
                hash.AppendData(buffer, 0, length);
                var part = new UploadPart(0, eventId, whole ? file.Name : $"{file.Name}.{number:00000}", file.Path, offset, length,
                    Convert.ToHexStringLower(SHA256.HashData(buffer.AsSpan(0, length))), file.MediaType, null);
                parts.Add(part);
                json.WriteStartObject();
                json.WriteString("part"u8, part.Part);
                json.WriteNumber("offset"u8, offset);
                json.WriteNumber("bytes"u8, length);
                json.WriteString("sha256"u8, part.Sha256);
                json.WriteEndObject();
                offset += length;
                if (length < _options.PartBytes) break;
            }

            json.WriteEndArray();
            json.WriteNumber("bytes"u8, offset);
            json.WriteString("sha256"u8, Convert.ToHexStringLower(hash.GetHashAndReset()));
            json.WriteEndObject();
            return offset;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task WorkAsync()
    {
        var buffer = new byte[_options.PartBytes];
        while (!_stop.IsCancellationRequested)
        {
            UploadPart? part = null;
            try
            {
                if (_problem is not null && _passedOver.IsEmpty && _passedOver.Quiet >= WellAfter) Tell(null);
                part = Next();
                if (part is null) await RestAsync(_passedOver.UntilDue() ?? (_problem is null ? Timeout.InfiniteTimeSpan : WellAfter));
                else if (part.Row == _unmarked) Mark(part);
                else if (!_line.IsUp || _eventsWaiting() > _options.EventsFirst) await Task.Delay(LookAgain, _time, _stop.Token);
                else await SendAsync(part, buffer);
                if (_passedOver.InARow >= PassedOver.Many && part is not null) await RestAsync(PassedOver.PauseOfMany);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // A file that cannot be read for a while, or the journal: what that could not note is noted first when it can.
                var isOfFile = fault is IOException or UnauthorizedAccessException;
                if (isOfFile && part is not null) _passedOver.Add(part.Event, PublishOutcome.TryAgain);
                else _passedOver.Trouble();
                var path = isOfFile ? part?.Path ?? _options.JournalPath : _options.JournalPath;
                Tell(new TwoLanguages($"{path}: {CauseInVietnamese.Of(fault)}", $"{path}: {fault.Message.TrimEnd('.')}"));
                try { await Task.Delay(TimeSpan.FromSeconds(1), _time, _stop.Token); }
                catch (OperationCanceledException) { break; }
            }
        }
    }

    /// <summary>What was never refused goes before what was; null where nothing may be tried now.</summary>
    private UploadPart? Next()
    {
        UploadPart? due = null;
        var part = _journal.Next();
        while (part is not null && _passedOver.Holds(part.Event))
        {
            if (due is null && _passedOver.IsDue(part.Event)) due = part;
            part = _journal.Next(behind: part);
        }

        return part ?? due;
    }

    // Until the time is over or something new is offered.
    private Task RestAsync(TimeSpan time) => _wake.WaitAsync(time == Timeout.InfiniteTimeSpan || time > ShortestRest ? time : ShortestRest, _stop.Token);

    private async Task SendAsync(UploadPart part, byte[] buffer)
    {
        // A connection that was lost over this very part, again and again, is a broker that does not want it; on a bad radio the part is another each time.
        var connection = _line.Connection;
        if (_tried.Row != part.Row) _tried = (part.Row, connection, 0);
        else if (connection is not null && !ReferenceEquals(connection, _tried.Connection)) _tried = (part.Row, connection, _tried.Breaks + 1);
        if (_tried.Breaks >= BreaksOverOne)
        {
            _tried = default;
            PassOver(part, PublishOutcome.Park, new TwoLanguages(
                $"máy chủ MQTT ngắt kết nối mỗi khi nhận {_topics.Evidence(part.Event)}/{part.Part}", $"the broker hangs up whenever it is sent {_topics.Evidence(part.Event)}/{part.Part}"));
            return;
        }

        if (part.Bytes + 1024 > _line.MaximumPacket)
        {
            // Today: a broker's limit can be lifted.
            PassOver(part, PublishOutcome.Park, new TwoLanguages(
                $"{_topics.Evidence(part.Event)}: phần {part.Bytes} byte lớn hơn mức máy chủ MQTT nhận (max_packet_size {_line.MaximumPacket})", $"{_topics.Evidence(part.Event)}: a part of {part.Bytes} bytes is more than the broker takes (max_packet_size {_line.MaximumPacket})"));
            return;
        }

        if (await TrySendAsync(part, buffer) is not { } reason)
        {
            await Task.Delay(LookAgain, _time, _stop.Token); // given up, or the line broke
            return;
        }

        _tried = default;
        var outcome = PublishDecision.For(reason);
        if (outcome == PublishOutcome.Accepted) return;
        PassOver(part, outcome, new TwoLanguages(
            $"máy chủ MQTT từ chối {_topics.Evidence(part.Event)}: {PublishDecision.WordVi(reason)} (0x{reason:x2})", $"the broker refuses {_topics.Evidence(part.Event)}: {PublishDecision.Word(reason)} (0x{reason:x2})"));
    }

    private void PassOver(UploadPart part, PublishOutcome outcome, TwoLanguages why)
    {
        // "Not now" once or twice is a busy broker and no news.
        if (_passedOver.Add(part.Event, outcome) >= PassedOver.Many || outcome == PublishOutcome.Park) Tell(why);
    }

    /// <summary>The alert's text changes with each event that is refused; the log has one line until it is over.</summary>
    private void Tell(TwoLanguages? problem)
    {
        if (problem == _problem) return;
        if (_problem is null) _logger.UploadsWait(_options.JournalPath, problem!.En);
        _problem = problem;
        ProblemChanged?.Invoke(problem);
    }

    /// <summary>Reads, checks and publishes a part; the PUBACK's reason, or null when the line broke or the upload had to be given up.</summary>
    /// <exception cref="IOException">Its file cannot be read now.</exception>
    private async Task<int?> TrySendAsync(UploadPart part, byte[] buffer)
    {
        await _budget.WaitAsync(_stop.Token);
        ReadOnlyMemory<byte> payload;
        try
        {
            payload = part.Content ?? await ReadAsync(part, buffer);
        }
        catch (FileNotFoundException fault) when (Directory.Exists(Path.GetDirectoryName(part.Path)))
        {
            return GiveUp(part, fault.Message); // its folder is there, so its disk is
        }

        if (Convert.ToHexStringLower(SHA256.HashData(payload.Span)) != part.Sha256) return GiveUp(part, $"{part.Path} was altered since it was taken");
        var message = new OutgoingMessage($"{_topics.Evidence(part.Event)}/{part.Part}", payload, Retain: false, part.MediaType,
            Properties: [new("sha256", part.Sha256), new("offset", part.Offset.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
        var reason = await _line.TryPublishAsync(message, _stop.Token);
        // Paid for also when the line broke: the bytes went over the radio.
        _budget.Pay(payload.Length + message.Topic.Length);
        if (reason is not { } answer || PublishDecision.For(answer) != PublishOutcome.Accepted) return reason;
        Interlocked.Add(ref _sentBytes, payload.Length);
        Interlocked.Increment(ref _sentParts);
        _unmarked = part.Row;
        Mark(part);
        return answer;
    }

    private void Mark(UploadPart part)
    {
        var sum = _journal.MarkSent(part);
        _unmarked = 0;
        _passedOver.WentOut(part.Event);
        if (sum is null) return;
        _logger.EvidenceSent(part.Event, sum.Parts, sum.Bytes);
        Sent?.Invoke(part.Event);
    }

    private int? GiveUp(UploadPart part, string why)
    {
        _journal.Drop(part.Event);
        _passedOver.Forget(part.Event);
        Interlocked.Increment(ref _failed);
        _logger.EvidenceFailed(part.Event, why);
        return null;
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(UploadPart part, byte[] buffer)
    {
        await using var stream = _options.Guard.OpenRead(part.Path!);
        stream.Seek(part.Offset, SeekOrigin.Begin);
        if (part.Bytes > buffer.Length) buffer = new byte[part.Bytes]; // cut under an earlier, larger setting
        var length = await stream.ReadAtLeastAsync(buffer.AsMemory(0, part.Bytes), part.Bytes, throwOnEndOfStream: false);
        return buffer.AsMemory(0, length);
    }

    [GeneratedRegex(PartNameAttribute.Pattern, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PartName();
}
