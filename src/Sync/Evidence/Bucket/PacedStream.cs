using EdgeGateway.Sync.Mqtt;

namespace EdgeGateway.Sync.Evidence.Bucket;

/// <summary>
/// A part on its way: given out in small pieces, each paid for by the radio's budget before the next, so that an event never waits behind a whole part.
/// The first reading, which only makes the signature's hash, is not paced.
/// </summary>
internal sealed class PacedStream(byte[] buffer, int length, UploadBudget budget, Action<int> sent) : Stream
{
    private const int Piece = 32 << 10;

    private int _at;
    private bool _isSending;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => _at; set => Seek(value, SeekOrigin.Begin); }

    public override int Read(byte[] target, int offset, int count)
    {
        var piece = Math.Min(count, length - _at);
        Array.Copy(buffer, _at, target, offset, piece);
        _at += piece;
        return piece;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancel = default)
    {
        var piece = Math.Min(Math.Min(target.Length, Piece), length - _at);
        if (piece <= 0) return 0;
        if (_isSending) await budget.WaitAsync(cancel);
        buffer.AsMemory(_at, piece).CopyTo(target);
        _at += piece;
        if (!_isSending) return piece;
        budget.Pay(piece);
        sent(piece);
        return piece;
    }

    public override Task<int> ReadAsync(byte[] target, int offset, int count, CancellationToken cancel) => ReadAsync(target.AsMemory(offset, count), cancel).AsTask();

    public override long Seek(long offset, SeekOrigin origin)
    {
        var to = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _at + offset, _ => length + offset };
        if (_at == length && to == 0) _isSending = true;
        return _at = (int)Math.Clamp(to, 0, length);
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] source, int offset, int count) => throw new NotSupportedException();
}
