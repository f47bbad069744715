using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Mqtt;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Sync.Commands;

/// <summary>
/// Takes commands from the broker and answers them. For each: 1. size and form; 2. the answer's topic is allowed (in 3.1.1
/// it is known from here on only, so all that follows is answered there too); 3. its topic names a command of the contract;
/// 4. signature, time limit, used once; 5. the data satisfy the schema; 6. the audit log has it on the disk; 7. its handler,
/// within the time limit; 8. the outcome into the log and to the sender.
/// The receive loop only drops a command into a bounded room; workers of their own do the rest.
/// </summary>
internal sealed class CommandService : IAsyncDisposable
{
    private const int RememberedIds = 4096;

    /// <summary>A command of the moment that found nobody to do it for so long (a start, a flood) has lost its moment.</summary>
    private static readonly TimeSpan MomentAtMost = TimeSpan.FromSeconds(10);

    private static readonly OfficerAttribute Officers = new();

    private readonly CommandOptions _options;
    private readonly Topics _topics;
    private readonly CommandTable _table;
    private readonly MqttLine _line;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CommandInbox _inbox;
    private readonly CommandKeys _keys;
    private readonly CommandAudit _audit;
    private readonly string[] _replyPrefixes;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Queue<string> _idsInOrder = new();
    private readonly Dictionary<string, CommandResult> _outcomes = new(StringComparer.Ordinal);
    private readonly Queue<string> _outcomesInOrder = new();
    private readonly long[] _counts = new long[3];
    private UsedNonces? _nonces;
    private readonly long _started;
    private long _droppedTold;
    private Task _working = Task.CompletedTask;

    /// <exception cref="CryptographicException">A configured key is none.</exception>
    public CommandService(CommandOptions options, Topics topics, CommandTable table, MqttLine line, TimeProvider time, ILogger logger)
    {
        (_options, _topics, _table, _line, _time, _logger) = (options, topics, table, line, time, logger);
        _inbox = new CommandInbox(options.PerSecond, options.Burst, time);
        _keys = new CommandKeys(options.KeyPems);
        _audit = new CommandAudit(options.AuditPath);
        _started = time.GetTimestamp();
        _replyPrefixes = [.. options.ReplyPrefixes ?? [topics.Replies, "ioc/"]];
    }

    /// <summary>Dropped because too many came.</summary>
    public long Dropped => _inbox.Dropped;

    /// <summary>Ended so since the start.</summary>
    public long CountOf(CommandStatus status) => Interlocked.Read(ref _counts[(int)status]);

    /// <summary>Takes a command; never waits.</summary>
    public void Enter(IncomingCommand command) => _inbox.TryEnter(command);

    public void Start()
    {
        if (_keys.AreConfigured && _options.ClockFollows()) TryOpenNonces();
        _working = Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(() => WorkAsync(_inbox.Reader))).Append(Task.Run(() => WorkAsync(_inbox.Ordered))).Append(Task.Run(TellDroppedAsync)));
    }

    public async ValueTask DisposeAsync()
    {
        _inbox.Close();
        await _stop.CancelAsync();
        await _working;
        TellDropped();
        _audit.Dispose();
        _nonces?.Dispose();
        _keys.Dispose();
        _stop.Dispose();
    }

    private async Task WorkAsync(ChannelReader<IncomingCommand> commands)
    {
        try
        {
            await foreach (var command in commands.ReadAllAsync(_stop.Token))
            {
                try { await DoAsync(command); }
                catch (Exception fault) when (fault is not OutOfMemoryException && !(fault is OperationCanceledException && _stop.IsCancellationRequested)) { _logger.CommandFailed(NameOf(command), fault.Message, fault); }
            }
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }

    private async Task DoAsync(IncomingCommand command)
    {
        var attempt = new Attempt(NameOf(command), Convert.ToHexStringLower(SHA256.HashData(command.Payload.Span)));
        var result = Judge(command, attempt) is { } refusal ? Of(refusal) : null;
        if (result is null)
        {
            if (TryNote(attempt, "accepted", null)) RememberOutcome(attempt.Payload, result = await RunAsync(attempt));
            else result = Of(CommandRefusal.Refused(CommandCode.NoRecord, "Không ghi được nhật ký lệnh nên không thực hiện.", "The audit log cannot be written, so nothing was done."));
        }

        Interlocked.Increment(ref _counts[(int)result.Status]);
        _logger.CommandEnded(attempt.Name, EventWords.Of(result.Status), result.Code is { } code ? EventWords.Of(code) : "-");
        TryNote(attempt, EventWords.Of(result.Status), result.Code);
        if (attempt.ReplyTopic is not { } topic) return;
        var reply = new OutgoingMessage(topic, Write(attempt, result), Retain: false, "application/json", command.Correlation);
        await _line.TryPublishAsync(reply, _stop.Token);
    }

    private CommandRefusal? Judge(IncomingCommand command, Attempt attempt)
    {
        if (command.ResponseTopic is { } response && IsReplyTopic(response)) attempt.ReplyTopic = response;
        if (command.Retained) return CommandRefusal.Refused(CommandCode.Retained, "Lệnh bị lưu lại (retained) ở máy chủ MQTT không được thực hiện.", "The command was retained at the broker; such are not taken.");
        if (command.Payload.Length > _options.MaxPayload)
            return CommandRefusal.Refused(CommandCode.TooLarge, $"Lệnh dài quá {_options.MaxPayload} byte.", $"The command is longer than {_options.MaxPayload} bytes.");

        var (envelope, mistake) = CommandReading.Read<CommandEnvelope>(command.Payload.Span, CommandJsonText.Strict.GetTypeInfo(typeof(CommandEnvelope))!);
        if (envelope is null) return Malformed(mistake!);
        attempt.Id = envelope.Id;
        attempt.Claimed = OfficerNamedIn(envelope.Data);
        if ((command.ResponseTopic ?? envelope.ReplyTo) is { } wanted)
        {
            if (!IsReplyTopic(wanted)) return CommandRefusal.Refused(CommandCode.ReplyTopic, $"Không được trả lời vào topic này; chỉ được: {string.Join(", ", _replyPrefixes)}…", $"Answers do not go there; allowed: {string.Join(", ", _replyPrefixes)}…");
            attempt.ReplyTopic = wanted;
        }

        if (envelope.Signature is { } signed && Bounds.FirstMistake(signed) is { } misformed) return Malformed(misformed);
        if (CommandCatalogue.Find(attempt.Name) is not { } type)
            return CommandRefusal.Refused(CommandCode.UnknownCommand, $"Không có lệnh này; có các lệnh: {KnownCommands}.", $"There is no such command; there are: {KnownCommands}.");
        if (Authorise(command.Topic, envelope, attempt) is { } unauthorised) return unauthorised;
        // A signature has a time limit of its own.
        if (type.IsOfTheMoment && !attempt.Signed && (command.MayHaveWaited || Stopwatch.GetElapsedTime(command.Came) > MomentAtMost))
            return CommandRefusal.Refused(CommandCode.Expired, "Lệnh có thể đã phải chờ trong lúc thiết bị mất kết nối hoặc bận nên không thực hiện; hãy gửi lại lệnh mới.", "The command may have waited while the gateway was away or busy, and is not done; send a new one.");
        if (_table.Find(type.Name) is not { } runner) return CommandRefusal.Refused(CommandCode.Unsupported, "Thiết bị này không làm được lệnh này.", "Nothing on this gateway does this command.");
        var (request, wrong) = CommandReading.Read<object>(System.Text.Encoding.UTF8.GetBytes(envelope.Data.GetRawText()), CommandJsonText.Strict.GetTypeInfo(type.Request)!);
        if (request is null) return CommandRefusal.Refused(CommandCode.Schema, $"Dữ liệu của lệnh không đúng mẫu của '{type.Name}': {wrong!.Vi}.", $"The data do not satisfy the schema of '{type.Name}': {wrong.En}.");
        (attempt.Type, attempt.Runner, attempt.Request) = (type, runner, request);
        return null;

        static CommandRefusal Malformed(TwoLanguages mistake) => CommandRefusal.Refused(CommandCode.Malformed, $"Lệnh không đúng mẫu: {mistake.Vi}.", $"This is no command: {mistake.En}.");
    }

    /// <summary>Signature, time limit, and that it was not taken before.</summary>
    private CommandRefusal? Authorise(string topic, CommandEnvelope envelope, Attempt attempt)
    {
        if (!_keys.AreConfigured) return Remember(envelope.Id) ? null : Replayed(attempt);
        if (envelope.Signature is not { } signature) return CommandRefusal.Refused(CommandCode.Unsigned, "Thiết bị chỉ nhận lệnh có chữ ký.", "This gateway takes signed commands only.");
        if (!_keys.Accept(topic, envelope, signature)) return CommandRefusal.Refused(CommandCode.BadSignature, "Chữ ký không đúng.", "No configured key made this signature over this command.");
        attempt.Signed = true;
        if (!_options.ClockFollows()) return CommandRefusal.Refused(CommandCode.Clock, "Đồng hồ của thiết bị chưa đồng bộ nên không xét được thời hạn của lệnh.", "The gateway's clock follows nothing, so it cannot judge the command's time limit.");

        var now = _time.GetUtcNow();
        if (CommandKeys.TimeOf(signature.IssuedAt) is not { } issued || CommandKeys.TimeOf(signature.ExpiresAt) is not { } expires
            || issued > now + CommandKeys.ClockSlack || expires <= now || expires <= issued || expires - issued > CommandKeys.LongestLife)
        {
            return Expired();
        }

        try
        {
            return Nonces(now).Use(signature.Nonce, issued, expires, now) switch
            {
                NonceVerdict.Fresh => null,
                NonceVerdict.Used => Replayed(attempt),
                NonceVerdict.TooOld => Expired(),
                _ => NoRecord(),
            };
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
        {
            _logger.CommandNotRecorded(_options.NoncePath, fault.Message);
            return NoRecord();
        }

        static CommandRefusal Expired() => CommandRefusal.Refused(CommandCode.Expired, "Lệnh hết hạn, chưa đến hạn hoặc có hạn quá dài (tối đa 10 phút).", "The command's time is over, not yet come, or longer than ten minutes.");

        static CommandRefusal NoRecord() => CommandRefusal.Refused(CommandCode.NoRecord, "Không ghi nhớ được lệnh nên không thực hiện.", "The use of the command cannot be recorded, so nothing was done.");
    }

    private void TryOpenNonces()
    {
        try { Nonces(_time.GetUtcNow()); }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException) { _logger.CommandNotRecorded(_options.NoncePath, fault.Message); }
    }

    private UsedNonces Nonces(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_nonces is { } open) return open;
            Directory.CreateDirectory(_options.Folder);
            // A new list takes what was issued since the service started, by the clock that is right now: nothing has been
            // used since then, while commands may have been on their way before the clock followed anything.
            var begun = now - _time.GetElapsedTime(_started);
            return _nonces = new UsedNonces(_options.NoncePath, begun, _options.Guard, _time);
        }
    }

    /// <summary>Unsigned ids are remembered in memory, so that a broker's redelivery opens no gate twice.</summary>
    private bool Remember(string id)
    {
        lock (_lock)
        {
            if (!_ids.Add(id)) return false;
            _idsInOrder.Enqueue(id);
            if (_idsInOrder.Count > RememberedIds) _ids.Remove(_idsInOrder.Dequeue());
            return true;
        }
    }

    private void RememberOutcome(string payload, CommandResult result)
    {
        lock (_lock)
        {
            if (!_outcomes.TryAdd(payload, result)) return;
            _outcomesInOrder.Enqueue(payload);
            if (_outcomesInOrder.Count > RememberedIds) _outcomes.Remove(_outcomesInOrder.Dequeue());
        }
    }

    /// <summary>A sender whose answer got lost asks again with the same bytes: it is told how the first one ended, as long as the memory reaches.</summary>
    private CommandRefusal Replayed(Attempt attempt)
    {
        CommandResult? first;
        lock (_lock) first = _outcomes.GetValueOrDefault(attempt.Payload);
        var (vi, en) = first switch
        {
            null => ("", ""),
            { Status: CommandStatus.Ok } => (" Lần đầu đã thực hiện xong.", " The first time it was done."),
            { Code: { } code } => ($" Lần đầu không thực hiện ({EventWords.Of(code)}): {first.Reason?.Vi}", $" The first time it was not done ({EventWords.Of(code)}): {first.Reason?.En}"),
            _ => (" Lần đầu không thực hiện.", " The first time it was not done."),
        };
        return CommandRefusal.Refused(CommandCode.Replayed, "Lệnh này đã được nhận trước đó." + vi, "This command was taken before." + en);
    }

    private async Task<CommandResult> RunAsync(Attempt attempt)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using var timer = _time.CreateTimer(_ => limit.Cancel(), null, attempt.Type!.TimeLimit, Timeout.InfiniteTimeSpan);
        try
        {
            // A handler that does not look at its token is left behind; its answer comes too late for anyone.
            return await attempt.Runner!.RunAsync(attempt.Request!, new CommandContext(attempt.Id!, _time.GetUtcNow(), attempt.Signed), limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return Of(CommandRefusal.Failed(CommandCode.Timeout, "Lệnh không xong trong thời hạn.", $"The command did not end within {attempt.Type.TimeLimit.TotalSeconds:0} s."));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _logger.CommandFailed(attempt.Name, fault.Message, fault);
            return Of(CommandRefusal.Failed(CommandCode.Error, "Có lỗi khi thực hiện lệnh; xem nhật ký của thiết bị.", "Something broke on the way; see the gateway's log."));
        }
    }

    private byte[] Write(Attempt attempt, CommandResult result)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, EventJsonText.Writing))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, attempt.Id);
            json.WriteString("command"u8, attempt.Name);
            json.WriteString("gateway"u8, _topics.GatewayId);
            json.WriteString("at"u8, UtcMilliseconds.Text(_time.GetUtcNow()));
            json.WriteString("status"u8, EventWords.Of(result.Status));
            json.WriteString("code"u8, result.Code is { } code ? EventWords.Of(code) : null);
            json.WritePropertyName("reason"u8);
            JsonSerializer.Serialize(json, result.Reason, CommandJsonText.Strict.GetTypeInfo(typeof(TwoLanguages))!);
            json.WritePropertyName("data"u8);
            if (result.Data is null) json.WriteNullValue();
            else JsonSerializer.Serialize(json, result.Data, CommandJsonText.Strict.GetTypeInfo(result.Data.GetType())!);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string KnownCommands => string.Join(", ", CommandCatalogue.All.Select(known => known.Name));

    private bool IsReplyTopic(string topic) =>
        topic.Length is > 0 and <= 200 && !topic.AsSpan().ContainsAny('+', '#', '\0') && !topic.Contains("..", StringComparison.Ordinal)
        && (!topic.StartsWith("edge/", StringComparison.Ordinal) || topic.StartsWith(_topics.Replies, StringComparison.Ordinal))
        && Array.Exists(_replyPrefixes, prefix => topic.StartsWith(prefix, StringComparison.Ordinal) && topic.Length > prefix.Length);

    private string NameOf(IncomingCommand command)
    {
        var name = command.Topic.StartsWith(_topics.Commands, StringComparison.Ordinal) ? command.Topic[_topics.Commands.Length..] : command.Topic;
        return name.Length <= 64 ? name : name[..64];
    }

    private static CommandResult Of(CommandRefusal refusal) => new(refusal.Status, refusal.Code, refusal.Reason, null);

    private bool TryNote(Attempt attempt, string step, CommandCode? code) =>
        TryAppend(new AuditEntry(_time.GetUtcNow(), attempt.Name, attempt.Id, step, code, attempt.Claimed, attempt.Signed, attempt.Payload));

    /// <summary>Whom a command names, whatever else is wrong with it: who tried what is asked after a refusal above all.</summary>
    private static string? OfficerNamedIn(JsonElement data)
    {
        try
        {
            return data.ValueKind == JsonValueKind.Object && data.TryGetProperty("officer"u8, out var named) && named.ValueKind == JsonValueKind.String
                && named.GetString() is { Length: > 0 } officer && Officers.IsValid(officer) ? officer : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half of a pair of surrogates: no text
        }
    }

    private bool TryAppend(AuditEntry entry)
    {
        try
        {
            _audit.Append(entry);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _logger.CommandNotRecorded(_options.AuditPath, fault.Message);
            return false;
        }
    }

    /// <summary>A flood is one line a second, not one a command.</summary>
    private async Task TellDroppedAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) TellDropped();
        }
        catch (OperationCanceledException)
        {
            // stopped
        }
    }

    private void TellDropped()
    {
        var dropped = _inbox.Dropped;
        if (dropped == _droppedTold) return;
        _logger.CommandsDropped(dropped - _droppedTold);
        if (TryAppend(new AuditEntry(_time.GetUtcNow(), "*", null, "dropped", null, null, Signed: false, null, dropped - _droppedTold))) _droppedTold = dropped;
    }

    /// <summary>What is known of one command on its way through the steps.</summary>
    private sealed class Attempt(string name, string payload)
    {
        public string Name { get; } = name;

        public string Payload { get; } = payload;

        public string? Id { get; set; }

        public string? ReplyTopic { get; set; }

        /// <summary>The officer whom the command names; proven by a signature only.</summary>
        public string? Claimed { get; set; }

        public bool Signed { get; set; }

        public CommandType? Type { get; set; }

        public ICommandRunner? Runner { get; set; }

        public object? Request { get; set; }
    }
}

/// <summary>How a command ended, behind its types.</summary>
internal sealed record CommandResult(CommandStatus Status, CommandCode? Code, TwoLanguages? Reason, object? Data);
