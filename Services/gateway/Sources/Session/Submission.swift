import Domain
import NIOCore

/// One command of a client, from the frame that asks for it to its end.
///
/// It holds one of the places that a socket has for commands. Ending gives the place back and answers the client, once:
/// whatever comes second — an answer after the time was over — finds it ended and does nothing. A client that has gone
/// away is not answered; its command ends all the same.
final class Submission {
    let session: ClientSession
    let frame: ClientFrame
    private var hasEnded = false

    /// For ``ClientSession/submit(_:)`` alone, which has taken the place.
    init(_ frame: ClientFrame, of session: ClientSession) {
        self.frame = frame
        self.session = session
    }

    /// A place is never lost, whatever became of the command.
    deinit {
        if !self.hasEnded { self.session.state.commandEnded(bytes: self.frame.data.readableBytes) }
    }

    /// Ends with what became of the command.
    func end(_ outcome: ChatOutcome) {
        switch outcome {
        case .answered(let reply) where reply.succeeded: self.succeed(reply.answer)
        case .answered(let reply): self.end { $0.link.fail(self.frame.id, reply.answer) }
        case .failed(let refusal): self.end { $0.link.fail(self.frame.id, refusal) }
        }
    }

    func succeed(_ json: ByteBuffer) {
        self.end { $0.link.succeed(self.frame.id, json) }
    }

    /// Ends because the gateway itself does not let it pass.
    func refuse(_ refusal: Refusal) {
        self.end { $0.refuse(self.frame.id, refusal) }
    }

    /// Ends without an answer: nobody is there to hear it.
    func endUnheard() {
        self.end { _ in }
    }

    private func end(_ answer: (ClientSession) -> Void) {
        guard !self.hasEnded else { return }
        self.hasEnded = true
        self.session.state.commandEnded(bytes: self.frame.data.readableBytes)
        answer(self.session)
    }
}
