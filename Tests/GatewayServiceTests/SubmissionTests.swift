import Domain
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayService

struct SubmissionTests {
    private static let limit = Int(ClientSessionState.commandLimit)
    private static let refusal = Refusal(.unavailable, "Not now.")

    private func frame(_ id: Int, bytes: Int = 2) -> ClientFrame {
        ClientFrame(
            id: ByteBuffer(string: String(id)), event: "send_message", data: ByteBuffer(repeating: 120, count: bytes))
    }

    /// How many more commands the socket may begin now.
    private func places(_ session: ClientSession) -> Int {
        var taken: [Submission] = []
        while taken.count <= Self.limit, let submission = session.submit(self.frame(0)) { taken.append(submission) }
        for submission in taken { submission.endUnheard() }
        return taken.count
    }

    @Test("a submission is answered once and gives its place back once, however often it is ended")
    func once() throws {
        let gateway = try EmbeddedGateway()
        let socket = try gateway.open("viper-1")
        let submissions = try (1...Self.limit).map { try #require(socket.session.submit(self.frame($0))) }
        #expect(socket.session.submit(self.frame(999)) == nil)
        #expect(try socket.texts().allSatisfy { $0.contains(#"{"id":999,"error":{"code":"busy""#) })
        submissions[6].succeed(ByteBuffer(string: #"{"seq":1}"#))
        submissions[6].end(.failed(Self.refusal))
        submissions[6].refuse(Self.refusal)
        submissions[6].endUnheard()
        #expect(try socket.texts() == [#"{"id":7,"ok":{"seq":1}}"#])
        #expect(self.places(socket.session) == 1)
        submissions[7].end(.failed(Self.refusal))
        #expect(
            try socket.texts().last == #"{"id":8,"error":{"code":"unavailable","message":"Not now."}}"#)
        #expect(self.places(socket.session) == 2)
        for submission in submissions { submission.endUnheard() }
        #expect(self.places(socket.session) == Self.limit)
        try gateway.close()
    }

    @Test("what waits of one socket is bounded in bytes too, and the place is given back with its bytes")
    func bytes() throws {
        let gateway = try EmbeddedGateway()
        let socket = try gateway.open("viper-1")
        let part = ClientSessionState.commandLimitInBytes / 8
        var waiting = try (1...8).map { try #require(socket.session.submit(self.frame($0, bytes: part))) }
        #expect(socket.session.submit(self.frame(9)) == nil)
        #expect(try socket.texts().last?.contains(#"{"id":9,"error":{"code":"busy""#) == true)
        waiting.removeFirst().endUnheard()
        waiting.append(try #require(socket.session.submit(self.frame(10, bytes: part))))
        #expect(socket.session.submit(self.frame(11)) == nil)
        for submission in waiting { submission.endUnheard() }
        // One is let through however long it is.
        try #require(socket.session.submit(self.frame(12, bytes: 9 * part))).endUnheard()
        #expect(self.places(socket.session) == Self.limit)
        try gateway.close()
    }

    @Test("an outage is nobody's violation: who is refused by it stays connected; who sends what is wrong does not")
    func outage() throws {
        let gateway = try EmbeddedGateway()
        let socket = try gateway.open("viper-1")
        for id in 1...200 { try #require(socket.session.submit(self.frame(id))).refuse(Self.refusal) }
        #expect(socket.session.link.isOpen)
        let wrong = Refusal(.invalidField, "No.")
        for id in 1...60 { try #require(socket.session.submit(self.frame(id))).refuse(wrong) }
        #expect(socket.session.link.isOpen)
        try #require(socket.session.submit(self.frame(61))).refuse(wrong)
        #expect(!socket.session.link.isOpen)
        try gateway.close()
    }

    @Test("a submission that nobody ends gives its place back all the same")
    func forgotten() throws {
        let gateway = try EmbeddedGateway()
        let socket = try gateway.open("viper-1")
        for id in 1...3 { _ = try #require(socket.session.submit(self.frame(id))) }
        #expect(self.places(socket.session) == Self.limit)
        try gateway.close()
    }

    @Test("who has gone away is not answered, and the command ends all the same")
    func gone() throws {
        let gateway = try EmbeddedGateway()
        let socket = try gateway.open("viper-1")
        let submission = try #require(socket.session.submit(self.frame(1)))
        _ = try socket.channel.finish(acceptAlreadyClosed: true)
        #expect(gateway.sessions.count == 0)
        #expect(self.places(socket.session) == Self.limit - 1)
        submission.end(.failed(Self.refusal))
        #expect(self.places(socket.session) == Self.limit)
    }

    @Test("a join that waits for its room is ended when its time is over, and only then")
    func joinExpires() throws {
        let gateway = try EmbeddedGateway()
        let socket = try gateway.open("viper-1")
        let join = #"{"id":4,"event":"join_squad_room","data":{"squad_id":"alpha"}}"#
        socket.session.webSocket(socket.session.link.connection, received: ByteBuffer(string: join))
        #expect(self.places(socket.session) == Self.limit - 1)
        gateway.rooms.expireJoins(now: .now() + .seconds(9))
        #expect(self.places(socket.session) == Self.limit - 1)
        gateway.rooms.expireJoins(now: .now() + .seconds(11))
        #expect(self.places(socket.session) == Self.limit)
        let answers = try socket.texts().filter { $0.hasPrefix(#"{"id":4,"#) }
        #expect(answers.count == 1 && answers.allSatisfy { $0.contains(#""error":{"code":"unavailable""#) })
        try gateway.close()
    }
}
