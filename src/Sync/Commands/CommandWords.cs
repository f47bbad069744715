using System.Text.Json.Serialization;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Commands;

/// <summary>How a command ended.</summary>
[JsonConverter(typeof(SnakeWords<CommandStatus>))]
public enum CommandStatus
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>Not done, and trying the same again will not help: form, rights, or what the gateway knows speaks against it.</summary>
    Refused,

    /// <summary>Begun or wanted, but it did not work out; another try may.</summary>
    Failed,
}

/// <summary>Why a command was not done: a closed set for programs; the reason beside it is for people.</summary>
[JsonConverter(typeof(SnakeWords<CommandCode>))]
public enum CommandCode
{
    /// <summary>The name is none of the contract's.</summary>
    UnknownCommand,

    /// <summary>The name is known, but nothing on this gateway does it.</summary>
    Unsupported,

    /// <summary>The payload is longer than allowed.</summary>
    TooLarge,

    /// <summary>No JSON, or not the envelope of a command.</summary>
    Malformed,

    /// <summary>The data do not satisfy the command's schema.</summary>
    Schema,

    /// <summary>The answer would go to a topic that is not allowed.</summary>
    ReplyTopic,

    /// <summary>A broker kept the message; a command is for now and is never retained.</summary>
    Retained,

    /// <summary>This gateway takes signed commands only.</summary>
    Unsigned,

    /// <summary>No configured key made this signature over this command.</summary>
    BadSignature,

    /// <summary>Its time is over, not yet come, or longer than allowed.</summary>
    Expired,

    /// <summary>Its id or nonce was used before.</summary>
    Replayed,

    /// <summary>The gateway's clock follows nothing, so it cannot judge a time limit.</summary>
    Clock,

    /// <summary>The audit log or the list of used nonces cannot be written.</summary>
    NoRecord,

    /// <summary>What the command names is not here.</summary>
    NotFound,

    /// <summary>What is named does not allow this now, e.g. a case's state.</summary>
    NotAllowed,

    /// <summary>The command's time limit passed.</summary>
    Timeout,

    /// <summary>Something broke on the way.</summary>
    Error,
}

/// <summary>Where the case of a suspected violation stands at the operations centre (domain file, section 3).</summary>
[JsonConverter(typeof(CaseStateWords))]
public enum CaseState { Detected, Reviewed, Forwarded, OwnerFound, Notified, Confirmed, Contested, Decided, Paid, Cancelled }

/// <summary>The states of a case are written as authorities write them: OWNER_FOUND.</summary>
public sealed class CaseStateWords() : JsonStringEnumConverter<CaseState>(System.Text.Json.JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false);
