import Domain
import Redis

/// Coming, going, reading.
extension CommandHandler {
    /// `join_squad_room {squad_id}`
    func joinRoom(_ context: CommandContext) async throws(CommandFailure) -> RedisScript.Call {
        let asking = try await self.asking(context, for: .read)
        return context.call(
            ChatScripts.joinRoom, keys: self.entranceKeys(context), rights: asking.permissions,
            outboxBound: self.limits.outboxBound,
            self.entranceArguments(context, asking) + context.remedy.rows)
    }

    /// `resume {room_id, seq, epoch}`: joins, and answers what was missed.
    func resumeRoom(_ context: CommandContext) async throws(CommandFailure) -> RedisScript.Call {
        let asking = try await self.asking(context, for: .read)
        let data = try CommandData(context.command.data)
        guard let sequence = try data.integer("seq", in: 0...ChatLimits.highestSequence) else {
            throw CommandData.invalid("seq", "is missing")
        }
        let epoch = try data.requiredString("epoch")
        guard (1...40).contains(epoch.utf8.count), epoch.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw CommandData.invalid("epoch", "is not an epoch")
        }
        return context.call(
            ChatScripts.resumeRoom, keys: self.entranceKeys(context), rights: asking.permissions,
            outboxBound: self.limits.outboxBound,
            self.entranceArguments(context, asking) + [
                RedisArgument(epoch), RedisArgument(sequence), RedisArgument(ChatLimits.resumeEvents),
                RedisArgument(ChatLimits.resumeBytes), asking.permissions.contains(.history) ? "1" : "0",
            ] + context.remedy.rows)
    }

    /// `leave {}`: one socket of the user is gone from the room.
    func leaveRoom(_ context: CommandContext) throws(CommandFailure) -> RedisScript.Call {
        _ = try self.squad(of: context)
        guard let gateway = context.command.gateway, let socket = context.command.socket else {
            throw .discarded("gateway and socket are missing")
        }
        let keys = self.keys(of: context.command.room)
        return context.call(
            ChatScripts.leaveRoom,
            keys: [
                self.keys.state, self.keys.commands, self.keys.events, keys.online, self.keys.absent,
                self.keys.sockets(gateway: gateway),
            ], outboxBound: self.limits.outboxBound,
            [
                RedisArgument(gateway), RedisArgument(socket), context.moment.milliseconds,
                RedisArgument(self.limits.graceMilliseconds),
            ])
    }

    /// `fetch_history {room_id, before?, limit?}`
    func fetchHistory(_ context: CommandContext) async throws(CommandFailure) -> RedisScript.Call {
        // A gateway asks for the suite itself when it missed too much: the page is for every socket of the room.
        let permissions: Permissions
        if context.command.user.isEmpty {
            _ = try self.squad(of: context)
            permissions = .all
        } else {
            permissions = try await self.asking(context, for: .read).permissions
        }
        let page = try HistoryPage(context.command.data)
        let keys = self.keys(of: context.command.room)
        return context.call(
            ChatScripts.fetchHistory, keys: self.commonKeys(keys) + [keys.members], rights: permissions,
            outboxBound: self.limits.outboxBound,
            [
                page.before.map { RedisArgument($0) } ?? "+inf", RedisArgument(page.limit), context.remedy.through,
                permissions.contains(.history) ? "1" : "0",
            ] + context.remedy.rows)
    }

    /// `catch_up {"rooms":[[room, epoch, seq],…]}`: a gateway that may have missed something asks for many rooms.
    func catchUp(_ context: CommandContext) throws(CommandFailure) -> RedisScript.Call {
        let data = try CommandData(context.command.data)
        guard let list = try? data["rooms"]?.elements(), list.count <= ChatLimits.catchUpRooms else {
            throw CommandData.invalid("rooms", "must be a list of at most \(ChatLimits.catchUpRooms) rooms")
        }
        var keys = [self.keys.state, self.keys.commands, self.keys.events]
        var arguments = [RedisArgument(ChatLimits.resumeEvents), RedisArgument(ChatLimits.resumeBytes)]
        for item in list {
            guard let parts = try? item.elements(), parts.count == 3, let name = parts[0].string,
                let room = try? RoomID(name), let epoch = parts[1].string, let sequence = parts[2].integer,
                sequence >= 0
            else { throw CommandData.invalid("rooms", "holds what is not a room, an epoch and a seq") }
            let names = self.keys(of: room.rawValue)
            keys += [names.room, names.log, names.messages]
            arguments += [RedisArgument(room.rawValue), RedisArgument(epoch), RedisArgument(sequence)]
        }
        return context.call(ChatScripts.catchUp, keys: keys, outboxBound: self.limits.outboxBound, arguments)
    }

    private func entranceKeys(_ context: CommandContext) -> [String] {
        let keys = self.keys(of: context.command.room)
        return self.commonKeys(keys) + [
            keys.members, keys.online, self.keys.absent, self.keys.sockets(gateway: context.command.gateway ?? ""),
            self.keys.gateways, self.keys.rooms, self.keys.joined(user: context.command.user),
        ]
    }

    private func entranceArguments(_ context: CommandContext, _ asking: Asking) -> [RedisArgument] {
        let moment = context.moment
        return [
            RedisArgument(context.command.gateway ?? ""), RedisArgument(context.command.socket ?? ""),
            moment.milliseconds, RedisArgument(moment.text), RedisArgument(RoomTexts.member(asking.user)),
            RedisArgument(
                RoomTexts.presence(
                    of: asking.user.userID.rawValue, username: asking.user.username, at: moment.text)),
            RedisArgument(RoomTexts.name(of: asking.squad)), RedisArgument(asking.squad.rawValue),
            RedisArgument(RoomTexts.welcome(to: asking.squad, at: moment.text)),
            RedisArgument(RoomTexts.permissions(asking.permissions)), RedisArgument(ChatLimits.pageMessages),
            context.remedy.through,
        ]
    }
}

/// Which page of a room's messages is asked for.
struct HistoryPage {
    /// Messages with a lower seq; nil for the newest.
    let before: Int?
    let limit: Int

    init(_ bytes: [UInt8]) throws(CommandFailure) {
        let data = try CommandData(bytes)
        self.before = try data.integer("before", in: 1...ChatLimits.highestSequence)
        self.limit = try data.integer("limit", in: 1...ChatLimits.mostPageMessages) ?? ChatLimits.pageMessages
    }
}
