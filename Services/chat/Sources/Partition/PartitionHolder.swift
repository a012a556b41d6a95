import Logging
import Redis
import WorkQueue

/// Everything one chat process does for a partition while it holds the lease: commands, archive, daily files, presence,
/// members.
struct PartitionHolder: Sendable {
    let names: PartitionNames
    let redis: RedisClient
    let directory: ChatDirectory
    let changes: DirectoryChanges
    let archive: any MessageArchive & DailyFileLedger
    let files: DailyFiles
    let fileHealth: DailyFileHealth
    let identity: ArchiveIdentity
    let limits: ChatLimits
    let logger: Logger

    /// Returns soon after the lease ended.
    func hold(_ lease: PartitionLease) async {
        let keys = ChatKeys(partition: lease.partition)
        let rooms = RoomRecords(keys)
        let followerWakeUps = WakeUps()
        let follower = DailyFileFollower(
            partition: lease.partition, ledger: self.archive, files: self.files, health: self.fileHealth,
            logger: self.logger)
        let archiver = PartitionArchiver(
            keys: keys, lease: lease, archive: self.archive, redis: self.redis, limits: self.limits,
            logger: self.logger, appended: { followerWakeUps.wake() })
        let dispatch = CommandDispatch(
            keys: keys, rooms: rooms, directory: self.directory, archive: self.archive, limits: self.limits,
            opening: PartitionOpening(
                keys: keys, archive: self.archive, identity: self.identity, logger: self.logger),
            reopening: RoomReopening(
                keys: keys, archive: self.archive, limits: self.limits, drain: { try await archiver.drain() },
                logger: self.logger),
            logger: self.logger, wakeArchiver: { archiver.wake() })
        let reader = PartitionReader(
            lease: lease, names: self.names, redis: self.redis, handler: dispatch, logger: self.logger)
        let presence = PresenceKeeper(
            keys: keys, lease: lease, redis: self.redis, directory: self.directory, logger: self.logger)
        let members = MembershipKeeper(
            keys: keys, lease: lease, redis: self.redis, rooms: rooms, directory: self.directory,
            changes: self.changes, logger: self.logger)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await archiver.run() }
            group.addTask { await follower.run(followerWakeUps, under: lease) }
            group.addTask { await presence.run() }
            group.addTask { await members.run() }
            await reader.run()
            group.cancelAll()
            archiver.wake()
            followerWakeUps.wake()
        }
    }
}
