import NIOCore

/// What one socket may do at the moment: opened → greeted, with bounds on what it asks. Pure; the clock is passed in.
struct ClientSessionState {
    /// Commands of one socket that may wait for chat at a time.
    static let commandLimit: UInt16 = 256
    /// Bytes of their data; one may wait however long it is.
    static let commandLimitInBytes = 1 << 20
    /// Weight of the refused frames in one minute before the socket is closed: 60 that were wrong, or 600 that were
    /// too many.
    static let violationLimit = 600

    private(set) var isGreeted = false
    private var commands: UInt16 = 0
    private var commandBytes = 0
    private var violations = 0
    private var violationsSince = NIODeadline.uptimeNanoseconds(0)

    /// - Returns: Whether this was the client's first frame, so that it must be greeted.
    mutating func receivedFrame() -> Bool {
        defer { self.isGreeted = true }
        return !self.isGreeted
    }

    /// - Returns: Whether one more command may be sent to chat; then ``commandEnded(bytes:)`` must follow.
    mutating func beginCommand(bytes: Int) -> Bool {
        guard self.commands < Self.commandLimit,
            self.commands == 0 || self.commandBytes + bytes <= Self.commandLimitInBytes
        else { return false }
        self.commands += 1
        self.commandBytes += bytes
        return true
    }

    mutating func commandEnded(bytes: Int) {
        self.commands -= 1
        self.commandBytes -= bytes
    }

    /// A frame was refused by the gateway itself.
    ///
    /// - Parameter weight: How bad it was: 10 for a frame that was wrong.
    /// - Returns: Whether the socket has done it too often and must be closed.
    mutating func violated(now: NIODeadline, weight: Int = 10) -> Bool {
        if self.violations == 0 || now - self.violationsSince > .minutes(1) {
            self.violations = 0
            self.violationsSince = now
        }
        self.violations += weight
        return self.violations > Self.violationLimit
    }
}
