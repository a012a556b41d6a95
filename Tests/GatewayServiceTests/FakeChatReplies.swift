import Domain
import Redis
import WireContract

/// How the stand-in says what it answers: in the contract's own words.
extension FakeChat {
    /// - Parameter room: The moment of the command's room that the answer is about; nil for answers about none.
    func reply(
        _ command: ChatCommand, _ room: Room?, rights: Int = 31, answer: [UInt8] = Array("{}".utf8),
        pushes: [Publication] = []
    ) async throws {
        try await self.send(
            command,
            ChatReply(
                correlation: command.correlation ?? "", succeeded: true, room: room == nil ? nil : command.room,
                epoch: room?.epoch, sequence: room?.sequence, rights: room == nil ? 0 : rights, answer: answer,
                pushes: pushes))
    }

    func refuse(_ command: ChatCommand, _ refusal: Refusal) async throws {
        try await self.send(
            command,
            ChatReply(correlation: command.correlation ?? "", succeeded: false, answer: refusal.encoded))
    }

    private func send(_ command: ChatCommand, _ reply: ChatReply) async throws {
        guard let gateway = command.gateway, command.correlation != nil else { return }
        let answer = RedisCommand(
            "PUBLISH", RedisArgument(RedisNames.gateway(gateway)), RedisArgument(reply.encoded))
        if self.keepsLate(command, answer) { return }
        _ = try await self.redis.send(answer)
    }
}
