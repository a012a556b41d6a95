import NIOCore

/// How the bytes of one connection leave.
///
/// While nothing of this connection waits in its channel, bytes are handed to the kernel directly; whatever the kernel
/// does not take goes through the channel, and everything after it, until the channel is empty again. Every write that
/// goes through the channel is counted — pongs and close frames too — because bytes would overtake one that was
/// forgotten, in the middle of a frame.
final class OutboundPath {
    /// Writes given to the channel and not yet finished; counted only while there is a descriptor.
    private var writesInChannel: Int32 = 0 { didSet { self.tellSockets() } }
    /// The socket's number; -1 when every write goes through the channel.
    private(set) var descriptor: CInt = -1
    private var needsFlush = false
    private var takesFrames = true
    /// Where fan-outs look whether they may write past this object.
    let sockets: DirectSockets

    init(_ sockets: DirectSockets) {
        self.sockets = sockets
    }

    /// Finds the socket's number, if the channel has one.
    func findDescriptor(_ context: ChannelHandlerContext) {
        let operations = context.channel.pipeline.syncOperations
        let found = try? operations.withUnsafeTransportIfAvailable(of: CInt.self) { $0 }
        self.descriptor = (found ?? nil) ?? -1
        self.tellSockets()
    }

    /// Numbers are reused: writing to one after its connection has ended would write into another's.
    func forgetDescriptor() {
        self.sockets.set(self.descriptor, takesFrames: false)
        self.descriptor = -1
    }

    /// From now on fan-outs write nothing here: a close frame is about to leave, or the connection has ended.
    func refuseFrames() {
        self.takesFrames = false
        self.tellSockets()
    }

    private func tellSockets() {
        self.sockets.set(self.descriptor, takesFrames: self.takesFrames && self.writesInChannel == 0)
    }

    /// Writes bytes; they leave at the latest with ``flush(_:)``, after everything written before them.
    func write(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        var bytes = bytes
        guard self.descriptor >= 0 else {
            self.needsFlush = true
            return context.write(NIOAny(bytes), promise: nil)
        }
        if self.writesInChannel == 0 {
            let taken = bytes.withUnsafeReadableBytes { self.sendAtOnce($0) }
            if taken == bytes.readableBytes { return }
            bytes.moveReaderIndex(forwardBy: taken)
        }
        self.needsFlush = true
        self.writesInChannel += 1
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.writesInChannel -= 1 }
        context.write(NIOAny(bytes), promise: promise)
    }

    func flush(_ context: ChannelHandlerContext) {
        guard self.needsFlush else { return }
        self.needsFlush = false
        context.flush()
    }

    /// Whether more waits in the channel than its high-water mark, which is the limit for slow readers.
    func isOverLimit(_ context: ChannelHandlerContext) -> Bool {
        if self.descriptor >= 0, self.writesInChannel == 0 { return false }
        return !context.channel.isWritable
    }

    /// Closes the connection, or only its output, once everything written so far has left.
    func close(_ mode: CloseMode, afterWritesTo context: ChannelHandlerContext) {
        let promise = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        promise.futureResult.whenSuccess { channel.close(mode: mode, promise: nil) }
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: promise)
    }

    /// Hands bytes to the kernel, unless something of this connection waits in its channel: then it takes none.
    private func sendAtOnce(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard self.descriptor >= 0, self.writesInChannel == 0 else { return 0 }
        return DirectSockets.sendNow(bytes, to: self.descriptor)
    }
}
