import JSON
import TestSupport

/// A browser as the protocol wants it: reconnects for ever, resumes from the last `(epoch, seq)`, repeats an
/// unanswered message under the same `client_id`, and writes down everything it was told.
actor SimulatedClient {
    struct Seen: Equatable, Sendable {
        let epoch: String
        let sequence: Int
        let messageID: String
        let clientID: String?
        let content: String
        let signalID: String?
        let at: ContinuousClock.Instant
    }

    struct Acknowledgement: Equatable, Sendable {
        let messageID: String
        let sequence: Int
        let at: ContinuousClock.Instant
    }

    private let suite: RunningSuite
    private let user: String
    private let squad: String
    private let gateway: Int
    private var cookie: String?
    private var socket: WebSocketTestClient?
    private var isJoined = false
    private var unanswered: [(id: String, text: String)] = []
    private var loop: Task<Void, Never>?

    /// Every new message that was pushed, in the order it came.
    private(set) var messages: [Seen] = []
    /// What a page shows now: begins with the newest page at the first join and after every reload.
    private(set) var view: [Seen] = []
    /// Message id → content, of all that was ever shown, reloaded or not.
    private(set) var everShown: [String: String] = [:]
    /// Message ids that came with two contents.
    private(set) var contradictions: [String] = []
    /// Events that were not the last `seq` + 1, and no reload in between: something is missing, or came twice.
    private(set) var gaps: [String] = []
    private(set) var acknowledged: [String: Acknowledgement] = [:]
    private(set) var sentAt: [String: ContinuousClock.Instant] = [:]
    private(set) var refusals: [String] = []
    /// How often a newest page replaced what was shown.
    private(set) var reloads = 0
    /// How often `resume` was answered with `recovered: false`.
    private(set) var unrecovered = 0
    private(set) var reconnects = 0
    /// The last event it knows of.
    private(set) var last: (epoch: String, sequence: Int)?

    var room: String { "squad_\(self.squad)" }

    init(_ suite: RunningSuite, user: String, squad: String = "alpha", gateway: Int = 0) {
        self.suite = suite
        self.user = user
        self.squad = squad
        self.gateway = gateway
    }

    func start() {
        self.loop = Task { [weak self] in
            while !Task.isCancelled {
                guard let self else { return }
                await self.liveOneConnection()
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    func stop() async {
        self.loop?.cancel()
        await self.socket?.abort()
        await self.loop?.value
    }

    /// Ends the connection as a lost network does; the client comes back by itself.
    func dropConnection() async { await self.socket?.abort() }

    /// Sends as soon as possible and again after every reconnect until it is answered.
    func send(_ clientID: String, content: String) {
        let text =
            "{\"id\":\"\(clientID)\",\"event\":\"send_message\",\"data\":{\"room_id\":\"\(self.room)\","
            + "\"content\":\"\(content)\",\"client_id\":\"\(clientID)\"}}"
        self.unanswered.append((clientID, text))
        self.sentAt[clientID] = .now
        if self.isJoined { self.socket?.send(text) }
    }

    var unansweredCount: Int { self.unanswered.count }
    var hasJoined: Bool { self.isJoined }

    private func liveOneConnection() async {
        self.isJoined = false
        defer { self.isJoined = false }
        do {
            if self.cookie == nil { self.cookie = try await self.suite.signIn(self.user, gateway: self.gateway) }
            let socket = try await WebSocketTestClient.connect(
                port: self.suite.port(gateway: self.gateway), headers: [("Cookie", self.cookie ?? "")])
            self.socket = socket
            self.reconnects += 1
            if let last = self.last {
                socket.send(
                    "{\"id\":\"join\",\"event\":\"resume\",\"data\":{\"room_id\":\"\(self.room)\",\"seq\":\(last.sequence),"
                        + "\"epoch\":\"\(last.epoch)\"}}")
            } else {
                socket.send(
                    "{\"id\":\"join\",\"event\":\"join_squad_room\",\"data\":{\"squad_id\":\"\(self.squad)\"}}")
            }
            while !Task.isCancelled {
                switch try await socket.next("anything", within: .seconds(60)) {
                case .text(let text): self.take(text)
                case .closed(let code):
                    if code == 4401 { self.cookie = nil }
                    return
                case .violation(let reason): return self.refusals.append(reason)
                case .ping, .pong: continue
                }
            }
        } catch let refused as WebSocketTestClient.Refused {
            // The session was lost with the rest of an emptied Redis: a page signs in again.
            if refused.status == 401 { self.cookie = nil }
        } catch {}
    }

    private func take(_ text: String) {
        guard let frame = try? JSONValue(parsing: text.utf8) else { return self.refusals.append("not JSON: \(text)") }
        if let id = frame["id"]?.string {
            self.takeAnswer(id, frame, text)
        } else if let event = frame["event"]?.string {
            self.takePush(event, frame)
        } else if frame["error"] != nil {
            self.refusals.append(text)
        }
    }

    private func takeAnswer(_ id: String, _ frame: JSONValue, _ text: String) {
        if id == "join" {
            guard let answer = frame["ok"] else {
                // Not now (the suite is restarting): a new connection asks again.
                self.refusals.append(text)
                let socket = self.socket
                Task { await socket?.abort() }
                return
            }
            if answer["recovered"]?.boolean == false { self.unrecovered += 1 }
            self.isJoined = true
            for message in self.unanswered { self.socket?.send(message.text) }
            return
        }
        guard let answer = frame["ok"] else {
            self.refusals.append(text)
            // `unavailable` and `busy` mean: not done, try again under the same id.
            if frame["error"]?["code"]?.string == "unavailable" || frame["error"]?["code"]?.string == "busy",
                let again = self.unanswered.first(where: { $0.id == id })
            {
                self.socket?.send(again.text)
            }
            return
        }
        self.unanswered.removeAll { $0.id == id }
        guard let messageID = answer["message_id"]?.string, let sequence = answer["seq"]?.integer else { return }
        self.acknowledged[id] = Acknowledgement(messageID: messageID, sequence: sequence, at: .now)
    }

    private func takePush(_ event: String, _ frame: JSONValue) {
        guard frame["room_id"]?.string == self.room, let epoch = frame["epoch"]?.string, let data = frame["data"],
            let sequence = frame["seq"]?.integer ?? data["seq"]?.integer
        else { return }
        if event == "room_history" {
            if self.last != nil { self.reloads += 1 }
            self.last = (data["epoch"]?.string ?? epoch, data["seq"]?.integer ?? sequence)
            self.view = ((try? data["messages"]?.elements()) ?? []).map { Self.seen($0, epoch) }
            self.view.forEach(self.remember)
            return
        }
        guard frame["seq"]?.integer != nil else { return }
        if let last, sequence != last.sequence + 1 { self.gaps.append("\(event) \(sequence) after \(last.sequence)") }
        self.last = (epoch, sequence)
        guard event == "new_message" else { return }
        let message = Self.seen(data, epoch)
        self.messages.append(message)
        self.view.append(message)
        self.remember(message)
    }

    private func remember(_ message: Seen) {
        if let known = self.everShown.updateValue(message.content, forKey: message.messageID), known != message.content
        {
            self.contradictions.append("\(message.messageID): \(known), \(message.content)")
        }
    }

    private static func seen(_ data: JSONValue, _ epoch: String) -> Seen {
        Seen(
            epoch: data["epoch"]?.string ?? epoch, sequence: data["seq"]?.integer ?? 0,
            messageID: data["message_id"]?.string ?? "", clientID: data["client_id"]?.string,
            content: data["content"]?.string ?? "",
            signalID: data["metadata"]?["signal_data"]?["signal_id"]?.string, at: .now)
    }
}
