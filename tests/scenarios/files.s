// dialect: go2008
// What a program does with a file through Syscall. The calls' numbers are arguments, so this is for any system.

// func Update(open, read, lseek, write, close, path, flags, buffer int64) (fd, count, place, written, closed, errno int64)
// Opens a file, reads 5 bytes, goes back to 1, writes those 5 bytes there, and closes it.
TEXT ·Update(SB),7,$56
	MOVQ	open+0(FP), AX
	MOVQ	AX, 0(SP)
	MOVQ	path+40(FP), AX
	MOVQ	AX, 8(SP)
	MOVQ	flags+48(FP), AX
	MOVQ	AX, 16(SP)
	MOVQ	$0, 24(SP)
	CALL	syscall·Syscall(SB)
	MOVQ	32(SP), AX
	MOVQ	AX, fd+64(FP)
	MOVQ	48(SP), CX
	MOVQ	CX, errno+104(FP)
	CMPQ	CX, $0
	JNE	done

	MOVQ	read+8(FP), AX
	MOVQ	AX, 0(SP)
	MOVQ	fd+64(FP), AX
	MOVQ	AX, 8(SP)
	MOVQ	buffer+56(FP), AX
	MOVQ	AX, 16(SP)
	MOVQ	$5, 24(SP)
	CALL	syscall·Syscall(SB)
	MOVQ	32(SP), AX
	MOVQ	AX, count+72(FP)

	MOVQ	lseek+16(FP), AX
	MOVQ	AX, 0(SP)
	MOVQ	$1, 16(SP)
	MOVQ	$0, 24(SP)	// SEEK_SET
	CALL	syscall·Syscall(SB)
	MOVQ	32(SP), AX
	MOVQ	AX, place+80(FP)

	MOVQ	write+24(FP), AX
	MOVQ	AX, 0(SP)
	MOVQ	buffer+56(FP), AX
	MOVQ	AX, 16(SP)
	MOVQ	$5, 24(SP)
	CALL	syscall·Syscall(SB)
	MOVQ	32(SP), AX
	MOVQ	AX, written+88(FP)
	MOVQ	48(SP), AX
	MOVQ	AX, errno+104(FP)

	MOVQ	close+32(FP), AX
	MOVQ	AX, 0(SP)
	CALL	syscall·Syscall(SB)
	MOVQ	32(SP), AX
	MOVQ	AX, closed+96(FP)
done:
	RET
