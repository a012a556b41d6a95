import Glibc

/// Which sockets of one event loop take frames at once: those that are open and of which nothing waits in the channel.
///
/// A byte for each descriptor, side by side, so that a fan-out to thousands of connections touches none of their
/// objects: each would cost as much as a fifth of the system call. Confined to its loop.
final class DirectSockets {
    private var takesFrames: [Bool] = []

    /// - Parameter descriptor: Ignored when negative.
    func set(_ descriptor: CInt, takesFrames: Bool) {
        guard descriptor >= 0 else { return }
        let index = Int(descriptor)
        if index >= self.takesFrames.count {
            self.takesFrames += Array(repeating: false, count: index + 64 - self.takesFrames.count)
        }
        self.takesFrames[index] = takesFrames
    }

    /// Hands whole frames to the kernel if the socket takes them now.
    ///
    /// - Returns: How many bytes the kernel took. The rest, from there on, is for the connection's own write.
    func send(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Int {
        guard descriptor >= 0, self.takesFrames[Int(descriptor)] else { return 0 }
        return Self.sendNow(bytes, to: descriptor)
    }

    /// Errors count as nothing taken: the channel meets them again on its own write, and then closes as it always does.
    static func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        return max(Glibc.send(descriptor, start, bytes.count, CInt(Int(MSG_DONTWAIT) | Int(MSG_NOSIGNAL))), 0)
    }
}
