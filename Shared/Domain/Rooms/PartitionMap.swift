/// Which partition a room belongs to. Stored data depends on it: the golden vectors of its test never change.
public enum PartitionMap {
    /// - Parameters:
    ///   - room: The room's id; any text has a partition.
    ///   - count: How many partitions there are, at least 1.
    /// - Returns: 0..<count.
    public static func partition(of room: String, of count: Int) -> Int {
        precondition(count >= 1, "there is at least one partition")
        return Int(self.crc16(room.utf8)) % count
    }

    /// CRC-16/XMODEM: polynomial 0x1021, initially 0, not reflected; `123456789` gives 0x31C3. The same that Redis
    /// Cluster uses for its slots.
    public static func crc16(_ bytes: some Sequence<UInt8>) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
        }
        return crc
    }
}
