using EdgeGateway.Configuration;
using EdgeGateway.Configuration.Migration;

namespace EdgeGateway.Tests.Configuration;

/// <summary>A configuration of an earlier version; the key of these tests is one that boxes really had.</summary>
public sealed class MigrationTests
{
    private const string Head = "id: thu-nghiem\nsite: { id: s, name: S }\n";

    [Theory]
    [InlineData(Head + "mqtt: { url: \"mqtts://h\", evidence: on_request }\n", Head + "mqtt: { url: \"mqtts://h\" }\nevidence: { mode: on_request }\n")]
    [InlineData(Head + "mqtt: { evidence: push, url: \"mqtts://h\" }   # giữ nguyên", Head + "mqtt: { url: \"mqtts://h\" }   # giữ nguyên\nevidence: { mode: push }\n")]
    [InlineData(Head + "mqtt:\n  url: \"mqtts://h\"\n  evidence: on_request   # chờ hỏi\n  version: \"5\"\n", Head + "mqtt:\n  url: \"mqtts://h\"\n  # chờ hỏi\n  version: \"5\"\nevidence: { mode: on_request }\n")]
    [InlineData(Head + "mqtt: { url: \"mqtts://h\", evidence: on_request }\nevidence: { quotaMb: 900 }\n", Head + "mqtt: { url: \"mqtts://h\" }\nevidence: { mode: on_request, quotaMb: 900 }\n")]
    [InlineData(Head + "mqtt: { url: \"mqtts://h\", evidence: on_request }\nevidence:\n  quotaMb: 900   # đĩa nhỏ\n", Head + "mqtt: { url: \"mqtts://h\" }\nevidence:\n  mode: on_request\n  quotaMb: 900   # đĩa nhỏ\n")]
    public void A_former_key_moves_and_all_else_stays_as_it_was_typed(string old, string now)
    {
        using var folder = new TestFolder(old);
        Assert.Contains("edgegateway migrate", Assert.Single(folder.Load().Mistakes).Message, StringComparison.Ordinal);
        var (moved, backup) = ConfigMigration.Run(folder.FolderPath, DateTimeOffset.UnixEpoch, isDry: false);
        Assert.Null(Assert.Single(moved).Fault);
        var path = Path.Combine(folder.FolderPath, "gateway.yaml");
        Assert.Equal(now, File.ReadAllText(path));
        Assert.Equal(old, File.ReadAllText(Path.Combine(backup!, "gateway.yaml")));
        Assert.Empty(folder.Load().Mistakes);
        Assert.Equal(now.Contains("push", StringComparison.Ordinal) ? "push" : "on_request", folder.Load().Gateway!.Evidence.Mode);

        Assert.Equal((0, null), (ConfigMigration.Run(folder.FolderPath, DateTimeOffset.UnixEpoch.AddDays(1), isDry: false) is var again ? again.Moved.Count : -1, again.Backup));
    }

    [Theory]
    [InlineData(Head + "mqtt: { url: \"mqtts://h\", evidence: on_request }\nevidence: { mode: push }\n", "there already")]
    [InlineData(Head + "mqtt: { url: \"mqtts://h\", evidence: [push] }\n", "no single word")]
    [InlineData(Head + "mqtt: { url: \"mqtts://h\", evidence:\n    on_request }\n", "not edited safely")]
    public void What_cannot_be_moved_safely_is_left_with_a_word_on_what_to_do(string text, string why)
    {
        using var folder = new TestFolder(text);
        var (moved, backup) = ConfigMigration.Run(folder.FolderPath, DateTimeOffset.UnixEpoch, isDry: false);
        Assert.Contains(why, Assert.Single(moved).Fault, StringComparison.Ordinal);
        Assert.Contains("by hand", moved[0].Fault, StringComparison.Ordinal);
        Assert.Null(backup);
        Assert.Equal(text, File.ReadAllText(Path.Combine(folder.FolderPath, "gateway.yaml")));
    }

    [Fact]
    public void A_dry_run_writes_nothing()
    {
        const string Old = Head + "mqtt: { url: \"mqtts://h\", evidence: on_request }\n";
        using var folder = new TestFolder(Old);
        Assert.Single(ConfigMigration.Run(folder.FolderPath, DateTimeOffset.UnixEpoch, isDry: true).Moved);
        Assert.Equal(Old, File.ReadAllText(Path.Combine(folder.FolderPath, "gateway.yaml")));
        Assert.Empty(Directory.GetDirectories(folder.FolderPath, "backup-*"));
    }
}
