using EdgeGateway.Configuration.Binding;
using EdgeGateway.Sync.Registration.Replica;

namespace EdgeGateway.Configuration.Validators;

/// <summary>Checks what the parts of <c>registration:</c> mean together.</summary>
internal sealed class RegistrationValidator(SourceMap map, MistakeList mistakes)
{
    public void Check(RegistrationConfig registration)
    {
        if (registration is { Sources.Count: 0, WatchLists.Count: 0 } && !map.IsBroken(registration)) mistakes.Add(map.Of(registration, "sources"), "'sources' names no source; write [replica], [rest], [soap] or several");
        for (var i = 0; i < registration.Sources.Count; i++)
        {
            var source = registration.Sources[i];
            var place = map.Of(registration.Sources, ConfigBinder.Index(i));
            if (registration.Sources.Take(i).Contains(source, StringComparer.Ordinal)) mistakes.Add(place, $"the source '{source}' stands twice");
            if (source == "rest" && registration.Rest is null) mistakes.Add(place, "the source 'rest' needs its part: rest: { url: \"https://…\" }");
            if (source == "soap" && registration.Soap is null) mistakes.Add(place, "the source 'soap' needs its part: soap: { url: \"https://…\" }");
        }

        if (registration.IocKeyFile is null && (registration.Replica.Owners || registration.Sources.Any(source => source is "rest" or "soap")))
            mistakes.Add(map.Of(registration), "owner data leave this box sealed only: 'iocKeyFile' must name the operations centre's public key");
        CheckService(registration.Rest, "rest");
        CheckService(registration.Soap, "soap");
        if (registration.Platform is { TokenUrl: { } url } platform) CheckUrl(platform, "tokenUrl", url);
        if (registration.Platform is not null && (registration.Rest?.Username ?? registration.Soap?.Username) is not null)
            mistakes.Warn(map.Of(registration.Platform), "with a platform its token is sent; the services' own 'username' and 'password' are not used");
        foreach (var column in registration.Replica.Columns)
        {
            if (column.Split('=') is not [var ours, { Length: > 0 }] || !ReplicaColumns.Names.Contains(ours, StringComparer.Ordinal))
                mistakes.Add(map.Of(registration.Replica, "columns"), $"'{column}' is no pair ours=theirs; ours is one of {string.Join(", ", ReplicaColumns.Names)}");
        }
    }

    private void CheckService(RegistryServiceConfig? service, string kind)
    {
        if (service is null) return;
        if (service.Url is { } url) CheckUrl(service, "url", url);
        if ((service.CertificateFile is null) != (service.KeyFile is null)) mistakes.Add(map.Of(service), "'certificateFile' and 'keyFile' belong together");
        if ((service.Username is null) != (service.Password is null) && !map.IsBroken(service)) mistakes.Add(map.Of(service), "'username' and 'password' belong together");
        if (kind == "rest" && service.Path is { } path && !path.Contains("{plate}", StringComparison.Ordinal)) mistakes.Add(map.Of(service, "path"), "'path' needs {plate} where the plate stands");
    }

    private void CheckUrl(object owner, string key, SourceUrl url)
    {
        if (url.Open().Contains('@', StringComparison.Ordinal)) mistakes.Add(map.Of(owner, key), $"'{key}' holds a user name; write it as a key of its own");
        else if (url.Scheme == "http" && !GatewayValidator.IsLoopback(url.Host)) mistakes.Add(map.Of(owner, key), "http:// would send owners in clear and is taken to this machine only; write https://");
    }
}
