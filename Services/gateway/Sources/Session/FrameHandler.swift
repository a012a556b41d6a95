import Domain
import NIOCore
import ServiceRuntime
import WireContract

/// Client frames → commands for chat, or acts of the gateway itself. Confined to the event loop of its collaborators.
final class FrameHandler {
    struct RateLimits {
        let messages: RateLimit
        let reactions: RateLimit
    }

    private let chat: ChatClient
    private let rooms: RoomSubscriptions
    private let rateLimits: RateLimits
    private let typing: Typing
    /// The longest frame a client may send, in bytes; a longer one never comes here.
    let maximumFrameBytes: Int

    init(chat: ChatClient, rooms: RoomSubscriptions, rateLimits: RateLimits, typing: Typing, maximumFrameBytes: Int) {
        self.chat = chat
        self.rooms = rooms
        self.rateLimits = rateLimits
        self.typing = typing
        self.maximumFrameBytes = maximumFrameBytes
    }

    /// Bytes of `data`: every character of the longest message as two JSON escapes, and its metadata.
    private static let messageBytes = 32_768
    /// Bytes of `data` of every other event.
    private static let otherBytes = 4_096

    func handle(_ frame: ClientFrame, from session: ClientSession) {
        let limit = frame.event == "send_message" ? Self.messageBytes : Self.otherBytes
        guard frame.data.readableBytes <= limit else {
            return session.refuse(
                frame.id, Refusal(.frameTooLarge, "data is too large for this event.", field: "data", limit: limit))
        }
        switch frame.event {
        case "hello": session.link.succeed(frame.id, ByteBuffer(staticString: "{}"))
        case "ping":
            session.link.succeed(frame.id, ByteBuffer(bytes: PingAnswer(timestamp: WallClock.rfc3339()).encoded))
        case "join_squad_room":
            guard let text = frame.squadID, let squad = try? SquadID(text) else {
                return self.refuseField("squad_id", frame, session)
            }
            self.join(.joinSquadRoom, RoomID(squad: squad), frame, session)
        case "resume":
            guard let room = self.room(frame, session) else { return }
            self.join(.resume, room, frame, session)
        case "send_message": self.sendMessage(frame, session)
        case "fetch_history":
            guard let room = self.room(frame, session) else { return }
            self.ask(.fetchHistory, room: room, frame, session)
        case "add_reaction": self.react(.addReaction, frame, session)
        case "remove_reaction": self.react(.removeReaction, frame, session)
        case "typing_start": self.type(frame, session) { self.typing.start(session, in: $0) }
        case "typing_stop": self.type(frame, session) { self.typing.stop(session, in: $0) }
        default:
            session.refuse(frame.id, Refusal(.unknownEvent, "There is no event \"\(frame.event.prefix(64))\"."))
        }
    }

    // MARK: Each event

    private func join(_ kind: ChatJoinKind, _ room: RoomID, _ frame: ClientFrame, _ session: ClientSession) {
        guard let submission = session.submit(frame) else { return }
        self.rooms.join(submission, room: room.rawValue, kind: kind)
    }

    private func sendMessage(_ frame: ClientFrame, _ session: ClientSession) {
        guard let room = self.room(frame, session), self.clientIDIsValid(frame, session),
            let submission = session.submit(frame)
        else { return }
        self.typing.stop(session, in: room.rawValue)
        self.ask(.sendMessage, room: room, submission, within: self.rateLimits.messages) { [typing = self.typing] in
            typing.sent(session, in: room.rawValue)
        }
    }

    private func react(_ kind: ChatCommand.Kind, _ frame: ClientFrame, _ session: ClientSession) {
        guard let text = frame.messageID, let message = try? MessageID(text) else {
            return self.refuseField("message_id", frame, session)
        }
        guard self.clientIDIsValid(frame, session), let submission = session.submit(frame) else { return }
        self.ask(kind, room: message.room, submission, within: self.rateLimits.reactions)
    }

    /// Asks chat what a limit allows; what is sent again under its id is counted once.
    private func ask(
        _ kind: ChatCommand.Kind, room: RoomID, _ submission: Submission, within limit: RateLimit,
        beforehand: @escaping () -> Void = {}
    ) {
        let id = submission.frame.clientID ?? self.chat.makeID()
        let name = "\(room.rawValue)/\(id)"
        limit.count(user: submission.session.user, message: name) { [chat = self.chat] verdict in
            switch verdict {
            case .allowed:
                beforehand()
                chat.ask(kind, room: room.rawValue, id: id, for: submission)
            case .refused(let refusal): submission.refuse(refusal)
            }
        }
    }

    private func type(_ frame: ClientFrame, _ session: ClientSession, _ act: (String) -> Void) {
        guard let room = self.room(frame, session) else { return }
        guard let membership = session.membership(in: room.rawValue) else {
            return session.refuse(frame.id, Refusal(.notJoined, "Join the room first.", field: "room_id"))
        }
        guard Permissions(rawValue: membership.rights).contains(.send) else {
            return session.refuse(frame.id, Refusal(.forbidden, "You may only read in this room."))
        }
        act(room.rawValue)
        session.link.succeed(frame.id, ByteBuffer(staticString: "{}"))
    }

    private func ask(_ kind: ChatCommand.Kind, room: RoomID, _ frame: ClientFrame, _ session: ClientSession) {
        guard self.clientIDIsValid(frame, session), let submission = session.submit(frame) else { return }
        self.chat.ask(kind, room: room.rawValue, id: frame.clientID, for: submission)
    }

    // MARK: What must be right

    private func room(_ frame: ClientFrame, _ session: ClientSession) -> RoomID? {
        if let text = frame.roomID, let room = try? RoomID(text) { return room }
        self.refuseField("room_id", frame, session)
        return nil
    }

    private func clientIDIsValid(_ frame: ClientFrame, _ session: ClientSession) -> Bool {
        guard let id = frame.clientID else { return true }
        if (1...128).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) { return true }
        session.refuse(
            frame.id,
            Refusal(
                .invalidField, "client_id must be 1 to 128 printable ASCII characters without spaces.",
                field: "client_id", limit: 128))
        return false
    }

    private func refuseField(_ field: String, _ frame: ClientFrame, _ session: ClientSession) {
        session.refuse(
            frame.id,
            Refusal(.invalidField, "\(field) must be given, in the letters A–Z a–z 0–9 _ - and the dot.", field: field))
    }
}

extension ChatClient {
    /// Asks chat what a client's frame asks for, and ends the submission with the answer.
    fileprivate func ask(_ kind: ChatCommand.Kind, room: String, id: String?, for submission: Submission) {
        self.ask(
            kind, room: room, user: submission.session.user, socket: submission.session.id, id: id,
            data: submission.frame.data
        ) { submission.end($0) }
    }
}
