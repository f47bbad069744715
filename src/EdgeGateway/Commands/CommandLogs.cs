using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Logging;
using Microsoft.Extensions.Logging;

namespace EdgeGateway.Commands;

/// <summary>The log of a command that is no service: warnings and worse, on standard error, masked.</summary>
internal sealed class CommandLogs : IDisposable
{
    private readonly ILoggerFactory _factory;

    private CommandLogs(ILoggerFactory factory)
    {
        _factory = factory;
        Logger = factory.CreateLogger("edgegateway");
    }

    public ILogger Logger { get; }

    public ILoggerFactory Factory => _factory;

    public static CommandLogs Create(LogLevel level = LogLevel.Warning) =>
        new(LoggerFactory.Create(builder => builder.SetMinimumLevel(level).AddProvider(new MaskingConsole(SecretMask.Process))));

    public void Dispose() => _factory.Dispose();
}
