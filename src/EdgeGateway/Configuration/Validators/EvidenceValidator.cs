using EdgeGateway.Configuration.Binding;

namespace EdgeGateway.Configuration.Validators;

/// <summary>Checks what the values of <c>evidence:</c> mean together.</summary>
internal sealed class EvidenceValidator(SourceMap map, MistakeList mistakes)
{
    public void Check(EvidenceConfig evidence)
    {
        if (evidence.Mode == "bucket" && evidence.Bucket is null && !map.IsBroken(evidence)) mistakes.Add(map.Of(evidence, "mode"), "'mode: bucket' needs 'bucket' with url, name, accessKey and secretKey");
        if (evidence is { Mode: not "bucket", Bucket: not null }) mistakes.Warn(map.Of(evidence, "bucket"), "'bucket' is used with mode: bucket only");
        if (evidence.Bucket is { Url: { } url } bucket) SeriesValidator.CheckUrl(map, mistakes, bucket, url, bucket.AllowInsecure);
        var retention = evidence.Retention;
        if (map.IsBroken(retention)) return;
        if (retention.AfterClosed > retention.Violations) mistakes.Add(map.Of(retention, "afterClosed"), "'afterClosed' is longer than 'violations', after which nothing is kept without a hold");
        if (retention.Trials > retention.Violations) mistakes.Add(map.Of(retention, "trials"), "'trials' is longer than 'violations': a rule on trial has no claim to a longer keeping than an established one");
    }
}
