using EdgeGateway.Configuration;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Remote;
using EdgeGateway.Sync.Registration.Replica;
using EdgeGateway.Sync.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeGateway;

/// <summary>How <c>registration:</c> becomes the parts that look up. Files lie in <c>registration/</c> of the storage folder.</summary>
internal static class RegistrationOf
{
    public static string FolderOf(GatewayModel gateway) => Path.Combine(gateway.Storage.Folder, "registration");

    public static string ReplicaFile(GatewayModel gateway) => gateway.Registration?.Replica.File ?? Path.Combine(FolderOf(gateway), "replica.db");

    public static string LookUpLogFile(GatewayModel gateway) => Path.Combine(FolderOf(gateway), "look-ups.jsonl");

    public static string DeskFile(GatewayModel gateway) => Path.Combine(FolderOf(gateway), "desk.db");

    /// <summary>The operations centre's key; null when none is configured.</summary>
    /// <exception cref="Commands.UsageException">The file cannot be read, or holds no P-256 public key.</exception>
    public static OwnerSeal? Seal(RegistrationConfig registration)
    {
        if (registration.IocKeyFile is not { } file) return null;
        try
        {
            return OwnerSeal.FromFile(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new Commands.UsageException($"gateway.yaml, registration.iocKeyFile: {file} {NamedFile.FaultOf(file) ?? $"holds no public key of the operations centre (P-256, PEM): {fault.Message}"}");
        }
    }

    /// <summary>The table's column names by the contract's.</summary>
    public static IReadOnlyDictionary<string, string> Columns(RegistrationConfig registration) =>
        TablesConfig.ByOurs(registration.Replica.Columns);

    /// <summary>How sure a read plate must be before its owner is asked for.</summary>
    public static ReadFloor Floor(RegistrationConfig? registration) => registration?.Certainty is { } certainty ? new ReadFloor(certainty.Mean, certainty.Least) : ReadFloor.Default;

    /// <summary>All sources, in their order, with the log of look-ups before them.</summary>
    /// <exception cref="ArgumentException">A certificate's file cannot be read.</exception>
    public static RegistryLookUp LookUp(GatewayModel gateway, RegistrationConfig registration, DeskDatabase desk, StoreGuard guard, TimeProvider time, ILogger logger)
    {
        var seal = Seal(registration);
        IRegistrySource Source(string word) => word switch
        {
            "rest" => new RestRegistry(Service(registration.Rest!, registration), seal, desk, time),
            "soap" => new SoapRegistry(Service(registration.Soap!, registration), seal, desk, time),
            _ => new LocalReplica(ReplicaFile(gateway), time),
        };
        var agreement = registration.VehicleAgreement == VehicleAgreementWord.Exact ? VehicleAgreement.Exact : VehicleAgreement.Wheels;
        return new RegistryLookUp([.. registration.Sources.Select(Source)], new LookUpLog(LookUpLogFile(gateway), time, guard.Seal), agreement, time, logger, Floor(registration));
    }

    private static ServiceOptions Service(RegistryServiceConfig service, RegistrationConfig registration)
    {
        var options = new ServiceOptions
        {
            Url = new Uri(service.Url.Open()),
            Username = service.Username,
            Password = () => service.Password?.Open(),
            ApiKey = () => service.ApiKey?.Open(),
            RoadClient = service.RoadClient,
            ServiceCode = service.ServiceCode ?? "",
            IntegrationCode = service.IntegrationCode ?? "",
            CaFile = service.CaFile,
            CertificateFile = service.CertificateFile,
            KeyFile = service.KeyFile,
            Timeout = service.Timeout,
            DailyQuota = service.DailyQuota,
            Platform = registration.Platform is not { } platform ? null : new PlatformOptions
            {
                TokenUrl = new Uri(platform.TokenUrl.Open()),
                ClientId = platform.ClientId,
                ClientSecret = () => platform.ClientSecret.Open(),
                Scope = platform.Scope,
            },
        };
        return options with
        {
            Path = service.Path ?? options.Path,
            Namespace = service.Namespace ?? options.Namespace,
            Operation = service.Operation ?? options.Operation,
        };
    }
}
