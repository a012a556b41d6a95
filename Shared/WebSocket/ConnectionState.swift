import NIOCore

/// The life of one connection: open, closing, closed, and whether its peer still answers. Pure; the handler performs
/// what it decides.
struct ConnectionState {
    enum Phase: Equatable {
        case open
        /// Our close frame is out and the peer's has not come.
        case closing
        case closed
    }

    /// What the handler must do.
    enum Action: Equatable {
        case nothing
        case deliver(ByteBuffer)
        case pong(ByteBuffer)
        /// Answer the peer's close frame with this code, then close the TCP connection.
        case echoClose(UInt16)
        /// The close handshake is complete: close the TCP connection.
        case disconnect
    }

    enum KeepAliveAction: Equatable {
        case nothing
        case ping
        /// The peer has been silent for a whole interval after a ping.
        case disconnect
        /// Connected, answers pings, but never said anything.
        case closeUnused
    }

    private(set) var phase = Phase.open
    private var heardSinceLastPing = true
    private var hasSentMessage = false
    private var pingsBeforeFirstMessage: UInt8 = 0

    /// Whether events may still be written.
    var isOpen: Bool { self.phase == .open }

    mutating func received(_ frame: InboundFrame) -> Action {
        self.heardSinceLastPing = true
        switch (self.phase, frame) {
        case (.closed, _): return .nothing
        case (.closing, .close):
            self.phase = .closed
            return .disconnect
        case (.closing, _): return .nothing  // RFC 6455 §5.5.1: nothing is said after a close frame
        case (.open, .text(let message)):
            self.hasSentMessage = true
            return .deliver(message)
        case (.open, .ping(let payload)): return .pong(payload)
        case (.open, .pong): return .nothing
        case (.open, .close(let code)):
            self.phase = .closed
            return .echoClose(code ?? WebSocketCloseCode.normal)
        }
    }

    /// - Returns: Whether a close frame must be sent now.
    mutating func beginClosing() -> Bool {
        guard self.phase == .open else { return false }
        self.phase = .closing
        return true
    }

    mutating func disconnected() {
        self.phase = .closed
    }

    /// Called once in every ping interval.
    mutating func keepAlive() -> KeepAliveAction {
        guard self.phase == .open else { return .nothing }
        guard self.heardSinceLastPing else { return .disconnect }
        if !self.hasSentMessage {
            self.pingsBeforeFirstMessage &+= 1
            if self.pingsBeforeFirstMessage > 2 { return .closeUnused }
        }
        self.heardSinceLastPing = false
        return .ping
    }
}
