import Domain
import Logging
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// Notices who is gone: users whose grace is over, and the sockets of gateways that died.
struct PresenceKeeper: Sendable {
    let keys: ChatKeys
    let lease: PartitionLease
    let redis: RedisClient
    let directory: ChatDirectory
    let logger: Logger
    /// Another value in tests only.
    var interval = Duration.seconds(1)
    var timeout = Liveness.gatewayTimeout
    /// Commands that may wait in the partition's stream.
    var commandsBound = StreamWriter.defaultBound

    func run() async {
        // Since when a gateway has been found without a heartbeat. One look is not enough: after Redis was emptied the
        // heartbeats are missing until the next.
        var silent: [String: ContinuousClock.Instant] = [:]
        var dropped: [String: StreamID] = [:]
        while self.lease.isWanted, !Task.isCancelled {
            do {
                let connection = try await self.redis.connection(for: self.keys.state)
                let now = try await Self.time(connection)
                try await self.declareAbsent(at: now, connection)
                try await self.dropDeadGateways(at: now, &silent, &dropped, connection)
            } catch {
                self.logger.debug("presence waits", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: self.interval)
        }
    }

    private func declareAbsent(at now: Int, _ connection: RedisConnection) async throws {
        let due = try await connection.send(
            RedisCommand(
                "ZRANGEBYSCORE", RedisArgument(self.keys.absent), "-inf", RedisArgument(now), "LIMIT", 0, 500))
        let text = Timestamp(milliseconds: Int64(now)).rfc3339
        let calls: [RedisScript.Call] = (due.array ?? []).compactMap(\.string).compactMap { member in
            let parts = member.split(separator: " ").map(String.init)
            guard parts.count == 2 else { return nil }
            let known = (try? UserID(parts[1])).flatMap { self.directory.user($0) }
            let json = RoomJSON.presence(of: parts[1], username: known?.username, at: text)
            return DeclareAbsentCall(
                head: self.head(connection), now: now, room: parts[0], user: parts[1], left: json
            ).call
        }
        if !calls.isEmpty { _ = try await connection.evaluate(calls) }
    }

    private func dropDeadGateways(
        at now: Int, _ silent: inout [String: ContinuousClock.Instant], _ dropped: inout [String: StreamID],
        _ connection: RedisConnection
    ) async throws {
        let listed = try await self.strings("SMEMBERS", self.keys.gateways, connection)
        guard !listed.isEmpty else {
            dropped.removeAll()
            return silent.removeAll()
        }
        let limit = self.timeout.wholeMilliseconds
        let alive = try await connection.send(
            RedisCommand("ZRANGEBYSCORE", RedisArgument(RedisNames.gateways), RedisArgument(now - limit), "+inf"))
        let missing = Set(listed).subtracting((alive.array ?? []).compactMap(\.string))
        silent = silent.filter { missing.contains($0.key) }
        dropped = dropped.filter { missing.contains($0.key) }
        for gateway in missing {
            let heartbeat = try await connection.send(
                RedisCommand("ZSCORE", RedisArgument(RedisNames.gateways), RedisArgument(gateway)))
            let since = silent[gateway, default: .now]
            silent[gateway] = since
            // A heartbeat that is too old says it at once; one that is not there at all may come yet.
            guard heartbeat.string != nil || .now - since >= self.timeout else { continue }
            try await self.drop(gateway, after: &dropped[gateway], connection)
        }
    }

    /// Adds a `leave` for every socket of the gateway, as it would have done itself.
    ///
    /// - Parameter last: The last entry of the commands when the leaves before these had been added. Until it is applied
    ///   nothing is added: the sockets that are still listed are the same.
    private func drop(_ gateway: String, after last: inout StreamID?, _ connection: RedisConnection) async throws {
        if let last {
            let cursor = try await connection.send(RedisCommand("HGET", RedisArgument(self.keys.state), "cursor"))
            guard let cursor = cursor.string.flatMap({ StreamID($0) }) else { return }
            if cursor < last, try await self.leavesWait(of: gateway, after: cursor, through: last, connection) {
                return
            }
        }
        let set = self.keys.sockets(gateway: gateway)
        let sockets = try await self.strings("SMEMBERS", set, connection)
        let leaves: [StreamWriter.Entry] = sockets.prefix(1_000).compactMap { member in
            let parts = member.split(separator: " ").map(String.init)
            guard parts.count == 3 else { return nil }
            let command = ChatCommand(
                kind: .leave, id: Self.leaveID(gateway, socket: parts[2]), room: parts[0], user: parts[1],
                gateway: gateway,
                socket: parts[2], producedAt: Int(WallClock.milliseconds()), data: Array("{}".utf8))
            return StreamWriter.Entry(stream: self.keys.commands, fields: command.fields)
        }
        if !leaves.isEmpty {
            self.logger.info("a gateway is gone", metadata: ["gateway": "\(gateway)", "sockets": "\(sockets.count)"])
            do {
                try await StreamWriter(redis: self.redis, bound: self.commandsBound).append(leaves)
            } catch {
                // Some of them may have been added.
                last = try await connection.xrevrange(self.keys.commands, count: 1).first?.id
                throw error
            }
            last = try await connection.xrevrange(self.keys.commands, count: 1).first?.id
        }
        _ = try await connection.evaluate(ForgetGatewayCall(head: self.head(connection), gateway: gateway))
    }

    /// Whether leaves that were added for the gateway are not applied yet. What only asks stands among them, and the cursor
    /// does not go to it when nothing follows.
    private func leavesWait(
        of gateway: String, after cursor: StreamID, through last: StreamID, _ connection: RedisConnection
    ) async throws -> Bool {
        let ahead = try await connection.xrange(
            self.keys.commands, from: "(\(cursor)", to: "\(last)", count: Self.mostLookedAt)
        let id = Self.leaveID(gateway, socket: "")
        return ahead.count == Self.mostLookedAt
            || ahead.contains { $0.string(ChatCommand.Field.id)?.hasPrefix(id) ?? false }
    }

    /// Of what stands before the cursor: a stream with more in it is too busy for more leaves anyway.
    private static let mostLookedAt = 1_000

    private static func leaveID(_ gateway: String, socket: String) -> String { "gone:\(gateway):\(socket)" }

    private func head(_ connection: RedisConnection) -> HolderHead {
        let fence = PartitionFence(
            partition: self.keys.partition, token: self.lease.token, runID: connection.runID)
        return HolderHead(keys: self.keys, fence: fence)
    }

    private func strings(
        _ command: String, _ key: String, _ connection: RedisConnection
    ) async throws -> [String] {
        (try await connection.send(RedisCommand(command, RedisArgument(key))).array ?? []).compactMap(\.string)
    }

    /// Milliseconds of Redis' clock.
    private static func time(_ connection: RedisConnection) async throws -> Int {
        let parts = (try await connection.send(RedisCommand("TIME")).array ?? []).compactMap(\.int)
        guard parts.count == 2 else { throw RedisError.unexpectedReply("TIME") }
        return parts[0] * 1_000 + parts[1] / 1_000
    }
}
